import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  answerOf,
  problemAnswer,
  type TaskBody,
  taskAnswer,
  USER_DATA,
} from '../support/http/answers';
import { fast } from '../support/http/fast-requests';
import { bulk, bulkResults, problemBody, storedTask } from '../support/http/bulk';
import { aTask } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { newTask } from '../../src/tasks/task-id';

const ETAG: unknown = expect.stringMatching(/^"[1-9]\d*"$/);

describe('POST /api/{user_id}/tasks/bulk', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    task = await aTask(app, caller);
  });
  afterAll(() => app.stop());

  const resultsOf = (operations: readonly unknown[], by = caller) =>
    bulkResults(app, by, operations);
  const stored = (of: Pick<TaskBody, 'id'>) => storedTask(app, caller, of);

  it('answers each operation as its own request would be, in their order', async () => {
    const [trashed, deleted, replaced] = [
      await aTask(app, caller),
      await aTask(app, caller),
      await aTask(app, caller),
    ];
    await app.send('delete', `/api/me/tasks/${trashed.id}`, caller);
    const missing = randomUUID();
    const response = await bulk(app, caller, [
      { operation: 'create', task: { title: 'New', tags: ['bulk'] } },
      { operation: 'replace', task_id: replaced.id, task: { title: 'Replaced' } },
      { operation: 'patch', task_id: missing, task: { title: 'Nobody' } },
      { operation: 'complete', task_id: task.id },
      { operation: 'delete', task_id: deleted.id.toUpperCase() },
      { operation: 'restore', task_id: trashed.id },
    ]);

    const shown = (fields: object) =>
      taskAnswer(200, { user_id: caller.userId, ...fields }, {}).body;
    expect(answerOf(response)).toEqual({
      status: 200,
      headers: USER_DATA,
      body: {
        results: [
          { status: 201, etag: ETAG, task: shown({ title: 'New', tags: ['bulk'] }) },
          { status: 200, etag: ETAG, task: shown({ id: replaced.id, title: 'Replaced' }) },
          { status: 404, problem: problemBody('task-not-found') },
          {
            status: 200,
            etag: ETAG,
            task: shown({ ...task, updated_at: expect.any(String), completed: true }),
          },
          { status: 204 },
          { status: 200, etag: ETAG, task: shown({ ...trashed, updated_at: expect.any(String) }) },
        ],
      },
    });
    expect(await stored(deleted)).toBeUndefined();
    expect(await stored(trashed)).toBeDefined();
  });

  it('carries out the operations on one task in their order', async () => {
    const { id } = task;
    const titles = Array.from({ length: 30 }, (_, n) => `Title ${n}`);
    const results = await resultsOf([
      ...titles.flatMap((title) => [
        { operation: 'patch', task_id: id, task: { title } },
        { operation: 'complete', task_id: id },
      ]),
      { operation: 'delete', task_id: id },
      { operation: 'patch', task_id: id, task: { title: 'Too late' } },
      { operation: 'restore', task_id: id },
    ]);

    const tags = results.slice(0, 60).map(({ etag }) => BigInt(etag?.replaceAll('"', '') ?? 0));
    expect(tags).toEqual(tags.toSorted((one, other) => (one < other ? -1 : 1)));
    expect(results.slice(60).map(({ status }) => status)).toEqual([204, 404, 200]);
    expect(await stored(task)).toMatchObject({ title: 'Title 29', completed: false });
  });

  it('knows the task of a create by its key, which is a UUIDv7', async () => {
    const { id } = newTask();
    const results = await resultsOf([
      { operation: 'create', task: { title: 'First' }, idempotency_key: id.toUpperCase() },
      { operation: 'patch', task_id: id, task: { title: 'Second' } },
      { operation: 'create', task: { title: 'Third' }, idempotency_key: id },
    ]);

    expect(results.map(({ status, replayed }) => [status, replayed])).toEqual([
      [201, undefined],
      [200, undefined],
      [200, true],
    ]);
    expect(await stored({ id })).toMatchObject({ title: 'Second' });
  });

  it('carries out a hundred operations, and no more', async () => {
    const create = (n: number) => ({ operation: 'create', task: { title: `Task ${n}` } });
    const hundred = Array.from({ length: 100 }, (_, n) => create(n));
    const newcomer = await aCaller();
    const results = await resultsOf(hundred, newcomer);
    const page = await fast(app, newcomer, 'GET', '/api/me/tasks?limit=200');

    expect(results.map((result) => result.task?.title)).toEqual(
      hundred.map((operation) => operation.task.title),
    );
    expect((page.body as { items: unknown[] }).items).toHaveLength(100);
    expect(answerOf(await bulk(app, caller, [...hundred, create(100)]))).toEqual(
      problemAnswer('validation', {
        errors: [{ pointer: '/operations', detail: 'must be an array of 1 to 100 operations' }],
      }),
    );
  });

  it('obeys If-Match, and returns the winning version', async () => {
    const [before] = await resultsOf([
      { operation: 'patch', task_id: task.id, task: { title: 'A' } },
    ]);
    const results = await resultsOf([
      { operation: 'patch', task_id: task.id, task: { title: 'B' }, if_match: before?.etag },
      { operation: 'delete', task_id: task.id, if_match: before?.etag },
    ]);

    expect(results[0]).toMatchObject({ status: 200 });
    expect(results[1]).toEqual({
      status: 412,
      etag: results[0]?.etag,
      problem: problemBody('precondition-failed'),
    });
  });

  it('makes each operation once under its key, also as a request of its own', async () => {
    const keys = [randomUUID(), randomUUID(), 'delete me'.replace(' ', '-') + randomUUID()];
    const other = await aTask(app, caller);
    const operations = [
      { operation: 'create', task: { title: 'Once' }, idempotency_key: keys[0] },
      { operation: 'complete', task_id: task.id, idempotency_key: keys[1] },
      { operation: 'delete', task_id: other.id, idempotency_key: keys[2] },
    ];
    const first = await resultsOf(operations);
    const again = await resultsOf(operations);
    const alone = await app
      .send('patch', `/api/me/tasks/${task.id}/complete`, caller)
      .set('Idempotency-Key', String(keys[1]));
    const twins = await resultsOf([
      { ...operations[1], idempotency_key: keys[0] },
      { operation: 'patch', task_id: task.id, task: { title: 'x' }, idempotency_key: 'two words' },
    ]);

    expect(again).toEqual(first.map((result) => ({ ...result, replayed: true })));
    expect([alone.status, alone.headers['idempotency-replayed']]).toEqual([200, 'true']);
    expect(twins).toEqual([
      { status: 422, problem: problemBody('idempotency-key-reused') },
      {
        status: 400,
        problem: problemBody('idempotency-key-invalid', [
          {
            pointer: '/operations/1/idempotency_key',
            detail: 'must have 1 to 255 visible ASCII characters, and no blank',
          },
        ]),
      },
    ]);
  });

  it('leaves the tasks out where the client prefers that', async () => {
    const response = await bulk(app, caller, [
      { operation: 'create', task: { title: 'Quiet' } },
      { operation: 'complete', task_id: task.id, completed: true },
    ]).set('Prefer', 'return=minimal');

    expect(response.headers['preference-applied']).toBe('return=minimal');
    expect(response.body).toEqual({
      results: [
        { status: 201, etag: ETAG },
        { status: 204, etag: ETAG },
      ],
    });
  });

  it('never touches a task of another user', async () => {
    const other = await aCaller();
    const theirs = await aTask(app, other);
    const results = await resultsOf([
      { operation: 'replace', task_id: theirs.id, task: { title: 'Mine' } },
      { operation: 'patch', task_id: theirs.id, task: { title: 'Mine' } },
      { operation: 'complete', task_id: theirs.id },
      { operation: 'delete', task_id: theirs.id },
      { operation: 'restore', task_id: theirs.id },
      { operation: 'create', task: { title: 'Mine', user_id: other.userId } },
    ]);

    expect(results.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 400]);
    expect(results[5]?.problem?.errors).toEqual([
      {
        pointer: '/operations/5/task/user_id',
        detail: 'must be the one in the path, or absent',
      },
    ]);
    const { body } = await fast(app, other, 'GET', `/api/me/tasks/${theirs.id}`);
    expect(body).toEqual(theirs);
  });

  it('takes a mebibyte, and no more', async () => {
    const description = 'x'.repeat(10_000);
    const operations = Array.from({ length: 100 }, () => ({
      operation: 'create',
      task: { title: 'Long', description },
    }));
    const fill = 1024 * 1024 - JSON.stringify({ operations }).length;
    const send = (blanks: number) =>
      app
        .send('post', '/api/me/tasks/bulk', caller)
        .type('application/json')
        .send(JSON.stringify({ operations }) + ' '.repeat(blanks));

    expect((await send(fill)).body.results).toHaveLength(100);
    expect((await send(fill + 1)).status).toBe(413);
  });

  it('is served under POST alone', async () => {
    const { status, headers } = await app.send('get', '/api/me/tasks/bulk', caller);

    expect([status, headers['allow']]).toEqual([405, 'OPTIONS, POST']);
  });
});
