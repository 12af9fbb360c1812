import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { etagOf, list } from '../support/http/lists';

const MISSING = 'must be the id of a task of this user that has not been deleted';
const ITSELF = 'must not be the task itself';
const BELOW = 'must not be a task below this one: give that one another parent first';
const DEEP = 'must leave the tree with at most 8 levels; the subtasks of the task come along';

describe('The parent of a task', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  beforeEach(async () => {
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const create = (fields: object) =>
    app.send('post', '/api/me/tasks', caller).send({ title: 'x', ...fields });
  const patch = (id: string, fields: object) =>
    app.send('patch', `/api/me/tasks/${id}`, caller).send(fields);
  const put = (id: string, fields: object) =>
    app.send('put', `/api/me/tasks/${id}`, caller).send({ title: 'x', ...fields });
  const remove = (id: string) => app.send('delete', `/api/me/tasks/${id}`, caller);
  const restore = (id: string) => app.send('post', `/api/me/trash/${id}/restore`, caller);
  const read = async (id: string) =>
    (await app.send('get', `/api/me/tasks/${id}`, caller)).body as TaskBody;
  const aTask = async (parent: string | null = null) => {
    const { body, status } = await create({ parent_id: parent });
    expect(status).toBe(201);
    return (body as TaskBody).id;
  };
  /** Each below the one before. */
  const aBranch = async (length: number, top: string | null = null) => {
    const ids: string[] = [];
    for (let n = 0; n < length; n += 1) ids.push(await aTask(ids.at(-1) ?? top));
    return ids as [string, ...string[]];
  };
  const refusal = (detail: string) =>
    problemAnswer('parent-invalid', { errors: [{ pointer: '/parent_id', detail }] });

  it('is given by POST, PUT and PATCH, in any case, and taken away by null', async () => {
    const parent = await aTask();
    const created = await create({ parent_id: parent.toUpperCase() });
    expect(created.body).toMatchObject({ parent_id: parent });
    const { id } = created.body as TaskBody;

    expect((await patch(id, { parent_id: null })).body).toMatchObject({ parent_id: null });
    expect((await patch(id, { parent_id: parent })).body).toMatchObject({ parent_id: parent });
    expect((await patch(id, { title: 'y' })).body).toMatchObject({ parent_id: parent });
    expect((await put(id, {})).body).toMatchObject({ parent_id: null });
    expect((await put(id, { parent_id: parent })).body).toMatchObject({ parent_id: parent });
    expect(await read(id)).toMatchObject({ parent_id: parent });
  });

  it('gets the same words as a missing one, a deleted one and one of another user', async () => {
    const id = await aTask();
    const deleted = await aTask();
    await remove(deleted);
    const other = await aCaller();
    const { body: foreign } = await app.send('post', '/api/me/tasks', other).send({ title: 'x' });
    const before = await read(id);

    for (const parent of [v7(), deleted, (foreign as TaskBody).id]) {
      const fields = { parent_id: parent };
      for (const send of [create(fields), put(id, fields), patch(id, fields)]) {
        expect(answerOf(await send)).toEqual(refusal(MISSING));
      }
    }
    expect(await read(id)).toEqual(before);
    expect((await list(app, caller)).body.items).toHaveLength(1);
  });

  it('is never the task itself, nor below it', async () => {
    const [top, middle, low] = await aBranch(3);

    expect(answerOf(await patch(top, { parent_id: top }))).toEqual(refusal(ITSELF));
    expect(answerOf(await patch(top, { parent_id: middle }))).toEqual(refusal(BELOW));
    expect(answerOf(await put(top, { parent_id: low }))).toEqual(refusal(BELOW));
  });

  it('leaves at most eight levels, above and below', async () => {
    const ids = await aBranch(8);
    const [top] = ids;

    expect(answerOf(await create({ parent_id: ids[7] }))).toEqual(refusal(DEEP));
    const [other, below] = await aBranch(2);
    expect(answerOf(await patch(other, { parent_id: ids[6] }))).toEqual(refusal(DEEP));
    expect((await patch(below ?? '', { parent_id: ids[6] })).status).toBe(200);
    expect(answerOf(await patch(top, { parent_id: other }))).toEqual(refusal(DEEP));
    expect((await patch(ids[1] ?? '', { parent_id: other })).status).toBe(200);
  });

  it('is not looked at where it stays the same, also where it has been deleted', async () => {
    const parent = await aTask();
    const id = await aTask(parent);
    await remove(parent);

    const replaced = await put(id, { parent_id: parent });
    expect([replaced.status, replaced.body.parent_id]).toEqual([200, parent]);
    const patched = await patch(id, { parent_id: parent });
    expect([patched.status, patched.body.parent_id]).toEqual([200, parent]);
  });

  it('counts as a level while it is in the trash', async () => {
    const parent = await aTask();
    const ids = await aBranch(7, parent);
    await remove(parent);

    expect(answerOf(await create({ parent_id: ids[6] }))).toEqual(refusal(DEEP));
    expect((await restore(parent)).status).toBe(200);
    expect((await list(app, caller, { parent_id: parent })).body.items).toHaveLength(1);
  });

  it('has its subtasks again when it is restored', async () => {
    const parent = await aTask();
    const id = await aTask(parent);
    const ids = async (query: Record<string, string>) =>
      ((await list(app, caller, query)).body.items as TaskBody[]).map((task) => task.id);
    expect(await ids({ parent_id: parent })).toEqual([id]);
    expect(await ids({ parent_id: 'none' })).toEqual([parent]);

    await remove(parent);
    expect(await ids({ parent_id: 'none' })).toEqual([id]);
    expect(await ids({ parent_id: parent })).toEqual([id]);
    await restore(parent);
    expect(await ids({ parent_id: 'none' })).toEqual([parent]);
  });

  it('is lost to a restored task where it would make a circle by now, and only there', async () => {
    const [top, middle, low] = await aBranch(3);
    await remove(middle ?? '');
    expect((await patch(top, { parent_id: low })).status).toBe(200);

    const restored = await restore(middle ?? '');

    expect([restored.status, restored.body.parent_id]).toEqual([200, null]);
    expect(await read(low ?? '')).toMatchObject({ parent_id: middle });
    await remove(low ?? '');
    expect((await restore(low ?? '')).body.parent_id).toBe(middle);
  });

  it('is lost to a restored task where the tree would be too deep by now', async () => {
    const [top, low] = await aBranch(2);
    await aTask(low);
    await remove(low ?? '');
    const branch = await aBranch(6);
    expect((await patch(top, { parent_id: branch[5] })).status).toBe(200);

    expect((await restore(low ?? '')).body.parent_id).toBeNull();
  });

  it('is checked behind If-Match', async () => {
    const id = await aTask();
    const tag = await etagOf(app, caller, { id });
    const fields = { parent_id: v7() };
    const conditional = (match: string) => patch(id, fields).set('If-Match', match);

    expect((await conditional('"1"')).body.code).toBe('precondition-failed');
    expect((await conditional(tag)).body.code).toBe('parent-invalid');
    const parent = await aTask();
    const moved = await patch(id, { parent_id: parent }).set('If-Match', tag);
    expect(moved.status).toBe(200);
    expect((await patch(id, { parent_id: parent }).set('If-Match', tag)).status).toBe(412);
  });

  it('does not hide that a zone needs a time', async () => {
    const parent = await aTask();
    const id = await aTask();

    const response = await patch(id, { parent_id: parent, time_zone: 'UTC' });

    expect([response.status, response.body.code]).toEqual([400, 'validation']);
    expect(await read(id)).toMatchObject({ parent_id: null });
  });

  it('is given once under a key, in any case', async () => {
    const parent = await aTask();
    for (const key of [v7(), 'any-key']) {
      const keyed = () => create({ parent_id: parent }).set('Idempotency-Key', key);
      const first = await keyed();
      expect(first.status).toBe(201);
      await remove(parent);
      const second = await keyed();
      expect(second.headers['idempotency-replayed']).toBe('true');
      expect(second.body.id).toBe(first.body.id);
      await restore(parent);
    }
  });

  it('is given to a task with more subtasks than a lane looks at', async () => {
    const parent = await aTask();
    const id = await aTask();
    await app.database.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at, parent_id)
       select $1, gen_random_uuid(), 'x', false, 1, now(), now(), $2
       from generate_series(1, 1500)`,
      [caller.userId, id],
    );

    expect((await patch(id, { parent_id: parent })).body.parent_id).toBe(parent);
    const { body } = await list(app, caller, { parent_id: id, limit: '1' });
    const below = (body.items as TaskBody[])[0]?.id;
    expect(answerOf(await patch(parent, { parent_id: below }))).toEqual(refusal(BELOW));

    await remove(id);
    expect((await restore(id)).body.parent_id).toBe(parent);
    await remove(id);
    expect((await patch(parent, { parent_id: below })).status).toBe(200);
    const restored = await restore(id).set('Idempotency-Key', v7());
    expect([restored.status, restored.body.parent_id]).toEqual([200, null]);
  });

  it('is in the changes', async () => {
    const id = await aTask();
    const start = await app.send('get', '/api/me/tasks/changes', caller);
    const parent = await aTask();
    const { body: task } = await patch(id, { parent_id: parent });
    const after = String(start.body.next);

    const changes = await app.send('get', `/api/me/tasks/changes?after=${after}`, caller);
    expect(changes.body.items).toContainEqual(task);
  });
});
