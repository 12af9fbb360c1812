import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, ETAG, problemAnswer, taskAnswer, type TaskBody } from '../support/http/answers';
import { allPages, aTask, etagOf } from '../support/http/lists';

const MISSING = 'must be the id of a task of this user that has not been deleted';
const ITSELF = 'must be another task than the one that is moved';

describe('POST /api/{user_id}/tasks/{task_id}/move', () => {
  let app: TestedApi;
  let caller: Caller;
  /** Newest first, which is their order. */
  let ids: readonly string[];

  beforeAll(async () => {
    app = await sharedApplication();
  });
  beforeEach(async () => {
    caller = await aCaller();
    const tasks: TaskBody[] = [];
    for (let n = 0; n < 5; n += 1) tasks.unshift(await aTask(app, caller));
    ids = tasks.map(({ id }) => id);
  });
  afterAll(() => app.stop());

  const at = (n: number) => ids[n] ?? '';
  const move = (id: string, body: object) =>
    app.send('post', `/api/me/tasks/${id}/move`, caller).send(body);
  const read = async (id: string) =>
    (await app.send('get', `/api/me/tasks/${id}`, caller)).body as TaskBody;
  const sorted = async (sort = 'position') => {
    const pages = await allPages(app, caller, { sort, limit: '2' });
    return pages.flatMap(({ items }) => items);
  };
  /** Places of the tasks before any move, by the list, which must agree with the positions. */
  const order = async () => {
    const tasks = await sorted();
    const byPosition = tasks.toSorted((one, other) => (one.position < other.position ? -1 : 1));
    expect(tasks).toEqual(byPosition);
    expect((await sorted('-position')).toReversed()).toEqual(tasks);
    expect(new Set(tasks.map(({ position }) => position)).size).toBe(tasks.length);
    return tasks.map(({ id }) => ids.indexOf(id));
  };
  const conflict = (pointer: string, detail: unknown) => {
    const errors = [{ pointer, detail: detail as string }];
    return problemAnswer('move-conflict', { errors });
  };

  it('answers with the task, its new position and a new version', async () => {
    const before = await read(at(4));

    const moved = await move(at(4), { after: at(0) });

    expect(answerOf(moved)).toEqual(
      taskAnswer(
        200,
        { ...before, position: expect.any(String), updated_at: expect.any(String) },
        { etag: ETAG },
      ),
    );
    expect(moved.body.position).not.toBe(before.position);
    expect(await read(at(4))).toEqual(moved.body);
  });

  it('puts it directly behind a task, before one, or between two', async () => {
    expect(await order()).toEqual([0, 1, 2, 3, 4]);
    await move(at(4), { after: at(0) });
    expect(await order()).toEqual([0, 4, 1, 2, 3]);
    await move(at(2), { before: at(0).toUpperCase() });
    expect(await order()).toEqual([2, 0, 4, 1, 3]);
    await move(at(0), { after: at(3), before: null });
    expect(await order()).toEqual([2, 4, 1, 3, 0]);
    await move(at(0), { after: at(2), before: at(4) });
    expect(await order()).toEqual([2, 0, 4, 1, 3]);
    await move(at(0), { after: at(2), before: at(4) });
    expect(await order()).toEqual([2, 0, 4, 1, 3]);
  });

  it('takes neighbours with others between them, which a filtered list does not show', async () => {
    const moved = await move(at(1), { after: at(0), before: at(4) });
    const again = await move(at(2), { after: at(0), before: at(4) });

    expect([moved.status, again.status]).toEqual([200, 200]);
    const places = await order();
    expect([places[0], places[4]]).toEqual([0, 4]);
  });

  it('keeps later tasks in front of what was moved to the beginning', async () => {
    await move(at(3), { before: at(0) });
    await aTask(app, caller);

    expect(await order()).toEqual([-1, 3, 0, 1, 2, 4]);
  });

  it('is undone by no PUT or PATCH', async () => {
    const { body: moved } = await move(at(4), { after: at(0) });
    const path = `/api/me/tasks/${at(4)}`;

    const put = await app.send('put', path, caller).send({ title: 'x', position: 'a' });
    const patched = await app.send('patch', path, caller).send({ ...moved, position: 'b' });

    expect([put.body.position, patched.body.position]).toEqual([moved.position, moved.position]);
  });

  it('survives the trash', async () => {
    await move(at(4), { after: at(0) });
    await app.send('delete', `/api/me/tasks/${at(4)}`, caller);
    await app.send('post', `/api/me/trash/${at(4)}/restore`, caller);

    expect(await order()).toEqual([0, 4, 1, 2, 3]);
  });

  it('is in the changes', async () => {
    const start = await app.send('get', '/api/me/tasks/changes', caller);
    const { body: moved } = await move(at(4), { after: at(0) });

    const after = String(start.body.next);
    const changes = await app.send('get', `/api/me/tasks/changes?after=${after}`, caller);
    expect(changes.body.items).toEqual([moved]);
  });

  it('tells in the same words of a neighbour that is missing, deleted or foreign', async () => {
    await app.send('delete', `/api/me/tasks/${at(1)}`, caller);
    const other = await aCaller();
    const foreign = await aTask(app, other);

    for (const neighbour of [v7(), at(1), foreign.id]) {
      for (const place of ['after', 'before']) {
        const one = await move(at(0), { [place]: neighbour });
        expect(answerOf(one)).toEqual(conflict(`/${place}`, MISSING));
        const both = await move(at(0), { after: at(3), before: at(4), [place]: neighbour });
        expect(answerOf(both)).toEqual(conflict(`/${place}`, MISSING));
      }
    }
    expect(answerOf(await move(foreign.id, { after: at(0) }))).toEqual(
      problemAnswer('task-not-found'),
    );
  });

  it.each<readonly [string, () => object, string, string]>([
    ['itself behind', () => ({ after: at(0) }), '/after', ITSELF],
    ['itself before', () => ({ after: at(1), before: at(0) }), '/before', ITSELF],
    [
      'one task twice',
      () => ({ after: at(1), before: at(1) }),
      '/before',
      'must be another task than after',
    ],
    ['none', () => ({}), '', 'must have after, before or both, with the id of a task'],
    [
      'null twice',
      () => ({ after: null, before: null }),
      '',
      'must have after, before or both, with the id of a task',
    ],
    ['no UUID', () => ({ after: 'x' }), '/after', 'must be the id of a task, a UUID, or null'],
  ])('refuses as its neighbours: %s', async (_, body, pointer, detail) => {
    const errors = [{ pointer, detail }];
    expect(answerOf(await move(at(0), body()))).toEqual(problemAnswer('validation', { errors }));
  });

  it('refuses two neighbours in the wrong order', async () => {
    expect(answerOf(await move(at(0), { after: at(4), before: at(2) }))).toEqual(
      conflict('/before', 'must be a task behind the one that after names'),
    );
  });

  it('obeys If-Match, before it looks at the neighbours', async () => {
    const tag = await etagOf(app, caller, { id: at(4) });
    const conditional = (match: string, body: object) => move(at(4), body).set('If-Match', match);

    for (const neighbours of [{ after: v7() }, { after: at(0), before: at(1) }]) {
      expect((await conditional('"1"', neighbours)).body.code).toBe('precondition-failed');
    }
    expect((await conditional(tag, { after: at(0), before: at(1) })).status).toBe(200);
    expect((await conditional(tag, { after: at(0) })).status).toBe(412);
  });

  it.each(['after', 'both'])('is made once under a key: %s', async (form) => {
    const body = { after: at(0), ...(form === 'both' && { before: at(1) }) };
    const keyed = () => move(at(4), body).set('Idempotency-Key', 'a-move');
    const first = await keyed();
    await move(at(4), { after: at(2) });
    const second = await keyed();

    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(second.headers['etag']).toBe(first.headers['etag']);
    expect(await order()).toEqual([0, 1, 2, 4, 3]);
  });

  it('says which neighbour to move first where there is no room, and then there is', async () => {
    const low = 'aV00000000000001';
    const tight = `${low}${'0'.repeat(160)}1V00000000000002`;
    const place = (n: number, position: string) =>
      app.database.query('update tasks set position = $3 where user_id = $1 and id = $2', [
        caller.userId,
        at(n),
        position,
      ]);
    await place(1, low);
    await place(2, `${tight.slice(0, -17)}${'0'.repeat(9)}1V00000000000002`);
    await place(0, 'ZV00000000000003');
    const body = { after: at(1), before: at(2) };

    const refused = await move(at(4), body);

    expect(answerOf(refused)).toEqual(
      conflict(
        '/after',
        `leaves no room: move ${at(1)} first, to where it stands, and then this task`,
      ),
    );
    expect((await move(at(4), { before: at(2) })).body.errors[0].detail).toContain(at(1));
    expect((await move(at(1), { after: at(0), before: at(2) })).status).toBe(200);
    expect((await move(at(4), body)).status).toBe(200);
    const places = await order();
    expect(places.indexOf(4)).toBe(places.indexOf(1) + 1);
  });

  it('has room for hundreds of tasks in one place, on either side', async () => {
    for (let n = 0; n < 60; n += 1) {
      const body = n % 2 === 0 ? { after: at(0) } : { before: at(4) };
      expect((await move(at(1 + (n % 3)), body)).status).toBe(200);
    }
    for (const { position } of await sorted()) expect(position.length).toBeLessThanOrEqual(64);
    await order();
  });

  it('arranges tasks like a list, by any moves, and stores the positions that it answers and publishes', async () => {
    const places = fc.tuple(fc.nat(4), fc.nat(3), fc.constantFrom('after', 'before', 'both'));
    let model = [0, 1, 2, 3, 4];

    await fc.assert(
      fc.asyncProperty(fc.array(places, { maxLength: 4 }), async (moves) => {
        const start = await app.send('get', '/api/me/tasks/changes', caller);
        const answers = new Map<string, unknown>();
        for (const [moved, at4, form] of moves) {
          const others = model.filter((place) => place !== moved);
          const [one, next] = [others[at4], others[at4 + 1]];
          const isBoth = form === 'both' && next !== undefined;
          const body = {
            ...(form !== 'before' && { after: at(one ?? -1) }),
            ...(form === 'before' && { before: at(one ?? -1) }),
            ...(isBoth && { before: at(next) }),
          };
          const { status, body: task } = await move(at(moved), body);
          expect(status).toBe(200);
          answers.delete(at(moved));
          answers.set(at(moved), task);
          model = others.toSpliced(form === 'before' ? at4 : at4 + 1, 0, moved);
        }

        expect(await order()).toEqual(model);
        const after = String(start.body.next);
        const changes = await app.send('get', `/api/me/tasks/changes?after=${after}`, caller);
        expect(changes.body.items).toEqual([...answers.values()]);
        for (const [id, task] of answers) expect(await read(id)).toEqual(task);
      }),
      { numRuns: 15 },
    );
  });

  it('gives eight movers at once one order that every reader agrees on', async () => {
    const movers = Array.from({ length: 8 }, async (_, mover) => {
      for (let n = 0; n < 6; n += 1) {
        const [one, other, third] = [mover + n, mover + 2 * n + 1, mover + n + 3].map((k) =>
          at(k % 5),
        );
        const body = n % 2 === 0 ? { after: other } : { after: other, before: third };
        const { status } = await move(one ?? '', body);
        expect([200, 400, 409]).toContain(status);
      }
    });
    await Promise.all(movers);

    const tasks = await sorted();
    await order();
    const all = await app.send('get', '/api/me/tasks?limit=200', caller);
    const changes = await app.send('get', '/api/me/tasks/changes', caller);
    for (const { items } of [all.body, changes.body] as { items: TaskBody[] }[]) {
      expect(items.toSorted((one, other) => (one.position < other.position ? -1 : 1))).toEqual(
        tasks,
      );
    }
  });
});
