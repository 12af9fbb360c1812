import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newTask } from '../../src/tasks/task-id';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { atOnce, fast } from '../support/http/fast-requests';
import { aTask } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const REPLAYED = { 'idempotency-replayed': 'true' };

/** Every write but create: how it is asked for, and its answer. */
const WRITES = [
  ['put', '', { title: 'Put' }, 200],
  ['patch', '', { title: 'Patched', description: null }, 200],
  ['patch', '/complete', { completed: true }, 200],
  ['patch', '/complete', undefined, 200],
  ['delete', '', undefined, 204],
] as const;

describe('writes with an Idempotency-Key', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    task = await aTask(app, caller, { description: 'Kept' });
  });
  afterAll(() => app.stop());

  const send = (method: 'put' | 'patch' | 'delete' | 'post', path: string, key: string) =>
    app.send(method, path, caller).set('Idempotency-Key', key);
  const pathOf = ({ id }: Pick<TaskBody, 'id'>): string => `/api/me/tasks/${id}`;
  const stored = async ({ id }: Pick<TaskBody, 'id'>) => {
    const { status, etag, body } = await fast(app, caller, 'GET', `/api/me/tasks/${id}`);
    return { status, etag, task: status === 200 ? body : undefined };
  };
  const repliesOf = async ({ userId }: Caller): Promise<number> => {
    const [row] = await app.database.query<{ count: string }>(
      'select count(*) from replies where user_id = $1',
      [userId],
    );
    return Number(row?.count);
  };

  describe.each(WRITES)('%s …%s %j', (method, suffix, body, status) => {
    const write = (key: string, path = pathOf(task)) =>
      send(method, `${path}${suffix}`, key).send(body);

    it('is made once, and repeated with the same answer', async () => {
      const key = randomUUID();
      const first = await write(key);
      const after = await stored(task);
      const repeats = [await write(key), await write(key)];

      expect(first.status).toBe(status);
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      const { headers, ...rest } = answerOf(first);
      for (const repeat of repeats) {
        expect(answerOf(repeat)).toEqual({ ...rest, headers: { ...headers, ...REPLAYED } });
      }
      expect(await stored(task)).toEqual(after);
    });

    it('is one write of twins that are sent at once', async () => {
      const key = randomUUID();
      const answers = await atOnce(6, () =>
        fast(app, caller, method.toUpperCase() as 'PUT', `${pathOf(task)}${suffix}`, { key, body }),
      );

      expect(answers.map((answer) => answer.status)).toEqual(Array(6).fill(status));
      expect(answers.filter(({ headers }) => !headers.has('idempotency-replayed'))).toHaveLength(1);
      expect(new Set(answers.map(({ etag }) => etag)).size).toBe(1);
    });

    it('is refused where the key belongs to another request', async () => {
      const key = randomUUID();
      const other = await aTask(app, caller);
      await write(key);

      expect(answerOf(await write(key, pathOf(other)))).toEqual(
        problemAnswer('idempotency-key-reused'),
      );
      const conditional = write(key).set('If-Match', '"1"');
      expect(answerOf(await conditional)).toEqual(problemAnswer('idempotency-key-reused'));
      expect((await stored(other)).task).toEqual(other);
    });

    it('keeps nothing of a request that was refused', async () => {
      const key = randomUUID();
      const refused = await write(key).set('If-Match', '"1"');
      const missing = await write(key, pathOf({ id: randomUUID() }));
      const accepted = await write(key);

      expect([refused.status, missing.status, accepted.status]).toEqual([412, 404, status]);
      expect(accepted.headers['idempotency-replayed']).toBeUndefined();
    });

    it('is each user’s own', async () => {
      const key = randomUUID();
      const other = await aCaller();
      const theirs = await aTask(app, other);
      const mine = await write(key);
      const answer = await app
        .send(method, `/api/me/tasks/${theirs.id}${suffix}`, other)
        .set('Idempotency-Key', key)
        .send(body);

      expect([mine.status, answer.status]).toEqual([status, status]);
      expect(answer.headers['idempotency-replayed']).toBeUndefined();
    });
  });

  it('answers a repeat with the task as it is now, and the tag of the write', async () => {
    const key = randomUUID();
    const first = await send('patch', pathOf(task), key).send({ title: 'First' });
    await app.send('patch', pathOf(task), caller).send({ title: 'Later' });
    const repeat = await send('patch', pathOf(task), key).send({ title: 'First' });

    expect([repeat.status, repeat.body.title]).toEqual([200, 'Later']);
    expect(repeat.headers).toMatchObject({ etag: first.headers['etag'], ...REPLAYED });
    const stale = app
      .send('patch', pathOf(task), caller)
      .set('If-Match', String(repeat.headers['etag']));
    expect((await stale.send({ title: 'x' })).status).toBe(412);
  });

  it('answers a repeat without a body where the client prefers that', async () => {
    const key = randomUUID();
    const write = () =>
      send('patch', pathOf(task), key).set('Prefer', 'return=minimal').send({ title: 'Quiet' });
    await write();
    const repeat = await write();

    expect([repeat.status, repeat.text]).toEqual([204, '']);
    expect(repeat.headers).toMatchObject(REPLAYED);
  });

  it('finds the same request however it is written', async () => {
    const key = randomUUID();
    const path = pathOf(task);
    await send('patch', path, key)
      .set('If-Match', '*')
      .send('{"title":"Caf\\u00e9","priority":0}')
      .type('application/json');
    const repeat = await send('patch', `/api/${caller.userId}/tasks/${task.id.toUpperCase()}`, key)
      .type('application/merge-patch+json')
      .send('{ "priority": null, "title": " Café " }');

    expect(repeat.headers).toMatchObject(REPLAYED);
  });

  it('tells absent from null in a patch', async () => {
    const key = randomUUID();
    await send('patch', pathOf(task), key).send({ title: 'One' });
    const other = await send('patch', pathOf(task), key).send({ title: 'One', description: null });

    expect(other.status).toBe(422);
  });

  it('replays a write of a task that is in the trash, and not of one that was purged', async () => {
    const key = randomUUID();
    await send('patch', pathOf(task), key).send({ title: 'Thrown away' });
    await app.send('delete', pathOf(task), caller);
    const repeat = await send('patch', pathOf(task), key).send({ title: 'Thrown away' });
    await app.send('delete', `/api/me/trash/${task.id}`, caller);
    const late = await send('patch', pathOf(task), key).send({ title: 'Thrown away' });

    expect([repeat.status, repeat.body.title]).toEqual([200, 'Thrown away']);
    expect(late.status).toBe(404);
  });

  it('restores once, and purges once', async () => {
    const [restoring, purging] = [randomUUID(), randomUUID()];
    const trashed = `/api/me/trash/${task.id}`;
    await app.send('delete', pathOf(task), caller);
    const restored = await send('post', `${trashed}/restore`, restoring);
    const again = await send('post', `${trashed}/restore`, restoring);
    await app.send('delete', pathOf(task), caller);
    const purged = await send('delete', trashed, purging);
    const twice = await send('delete', trashed, purging);

    expect([restored.status, again.status, purged.status, twice.status]).toEqual([
      200, 200, 204, 204,
    ]);
    expect(again.body).toEqual(restored.body);
    expect([again, twice].map(({ headers }) => headers['idempotency-replayed'])).toEqual([
      'true',
      'true',
    ]);
  });

  it.each<['put' | 'post', (one: TaskBody) => string]>([
    ['put', ({ id }) => `/api/me/tasks/${id}`],
    ['post', () => '/api/me/tasks'],
  ])('tells an empty description from none in a %s', async (method, path) => {
    const key = randomUUID();
    const write = (description: string | null) =>
      send(method, path(task), key).send({ title: 'Same', description });

    const answers = [await write(''), await write(null)];

    expect(answers[0]?.body.description).toBe('');
    expect(answers[1] && answerOf(answers[1])).toEqual(problemAnswer('idempotency-key-reused'));
  });

  it('knows a UUIDv7 of a create apart from the same key of another write', async () => {
    const { id: key } = newTask();
    const patch = () => send('patch', pathOf(task), key).send({ title: 'Changed' });
    const create = () => send('post', '/api/me/tasks', key).send({ title: 'Made' });

    const answers = [await patch(), await create(), await patch(), await create()];

    expect(answers.map(({ status }) => status)).toEqual([200, 201, 200, 200]);
    expect(answers.map(({ headers }) => headers['idempotency-replayed'])).toEqual([
      undefined,
      undefined,
      'true',
      'true',
    ]);
  });

  it('forgets a reply after the day that follows it, and sweeps it', async () => {
    const key = randomUUID();
    const ageBy = (days: number) =>
      app.database.query('update replies set day = day - $2 where user_id = $1', [
        caller.userId,
        days,
      ]);
    await send('patch', pathOf(task), key).send({ title: 'Once' });
    await ageBy(1);
    const nextDay = await send('patch', pathOf(task), key).send({ title: 'Once' });
    await ageBy(1);
    const before = await repliesOf(caller);
    // Numbers that end with 0 sweep.
    await app.database.query(
      'update feeds set last_change = (last_change / 10 + 500000) * 10 - 1 where user_id = $1',
      [caller.userId],
    );
    const later = await send('patch', pathOf(task), key).send({ title: 'Once' });

    expect(nextDay.headers['idempotency-replayed']).toBe('true');
    expect([later.status, later.headers['idempotency-replayed']]).toEqual([200, undefined]);
    expect(await repliesOf(caller)).toBeLessThan(before + 1);
  });

  describe('that creates a task', () => {
    const create = (key: string, fields: object, by = caller) =>
      app.send('post', '/api/me/tasks', by).set('Idempotency-Key', key).send(fields);

    it.each([
      ['a UUIDv4', () => randomUUID()],
      ['text', () => `order-${randomUUID()}`],
      ['the longest', () => randomUUID().padEnd(255, '~')],
      ['in quotes', () => `"${randomUUID()}"`],
    ])('takes %s, and makes it once', async (_, newKey) => {
      const key = newKey();
      const first = await create(key, { title: 'Once' });
      const repeat = await create(key, { title: 'Once', description: null, tags: [] });
      const other = await create(key, { title: 'Other' });

      expect(first.status).toBe(201);
      const { headers, ...rest } = answerOf(first);
      expect(answerOf(repeat)).toEqual({ ...rest, headers: { ...headers, ...REPLAYED } });
      expect(answerOf(other)).toEqual(problemAnswer('idempotency-key-reused'));
    });

    it('makes one task of twins, also where the account is not there yet', async () => {
      const newcomer = await aCaller();
      const key = randomUUID();
      const answers = await atOnce(8, () =>
        fast(app, newcomer, 'POST', '/api/me/tasks', { key, body: { title: 'Twin' } }),
      );
      const { body } = await fast(app, newcomer, 'GET', '/api/me/tasks');

      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
      expect(new Set(answers.map((answer) => (answer.body as TaskBody).id)).size).toBe(1);
      expect((body as { items: unknown[] }).items).toHaveLength(1);
    });

    it('stores no reply under a UUIDv7, which is the id of the task', async () => {
      const newcomer = await aCaller();
      await fast(app, newcomer, 'POST', '/api/me/tasks', { body: { title: 'x' } });
      const { id } = await aTask(app, newcomer);
      const repeat = await create(id, { title: 'Task' }, newcomer);

      expect([repeat.status, repeat.body.id]).toEqual([200, id]);
      expect(await repliesOf(newcomer)).toBe(0);
    });
  });

  it('stores ten thousand replies a day, and says when there may be more', async () => {
    const key = randomUUID();
    const write = (under: string) => send('patch', pathOf(task), under).send({ title: 'Counted' });
    await write(key);
    await app.database.query('update feeds set replies = 9999 where user_id = $1', [caller.userId]);
    const last = await write(randomUUID());
    const refused = await write(randomUUID());
    const repeat = await write(key);
    const plain = await app.send('patch', pathOf(task), caller).send({ title: 'Not counted' });
    await app.database.query('update feeds set replies_day = replies_day - 1 where user_id = $1', [
      caller.userId,
    ]);
    const nextDay = await write(randomUUID());

    expect([last.status, repeat.status, plain.status, nextDay.status]).toEqual([
      200, 200, 200, 200,
    ]);
    expect(answerOf(refused)).toEqual(
      problemAnswer('idempotency-keys-exhausted', {
        headers: { 'retry-after': expect.stringMatching(/^[1-9]\d{0,4}$/) },
      }),
    );
  });

  it.each([
    ['empty', '', 'must have 1 to 255 visible ASCII characters, and no blank'],
    ['too long', 'x'.repeat(256), 'must have 1 to 255 visible ASCII characters, and no blank'],
    ['two words', 'two words', 'must have 1 to 255 visible ASCII characters, and no blank'],
    ['no ASCII', 'schlüssel', 'must have 1 to 255 visible ASCII characters, and no blank'],
    ['two keys', 'one, two', 'must be given once, with one key'],
  ])('must not be %s, on any write', async (_, key, detail) => {
    const problem = problemAnswer('idempotency-key-invalid', {
      errors: [{ header: 'Idempotency-Key', detail }],
    });
    for (const [method, suffix, body] of WRITES) {
      const answer = await send(method, `${pathOf(task)}${suffix}`, key).send(body);
      expect(answerOf(answer)).toEqual(problem);
    }
    const created = await send('post', '/api/me/tasks', key).send({ title: 'x' });
    expect(answerOf(created)).toEqual(problem);
  });
});
