import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { bulk, bulkResults, problemBody, storedTask } from '../support/http/bulk';
import { aTask } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

describe('a faulty POST /api/{user_id}/tasks/bulk', () => {
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

  it.each<[string, unknown, readonly unknown[]]>([
    ['a number', 7, [{ pointer: '', detail: 'must be an object' }]],
    ['no operation', {}, [{ pointer: '/operation', detail: 'is missing' }]],
    [
      'an operation of another case',
      { operation: 'Create' },
      [
        {
          pointer: '/operation',
          detail: 'must be one of create, replace, patch, complete, delete, restore, move',
        },
      ],
    ],
    [
      'an unknown property',
      { operation: 'create', task: { title: 'x' }, id: 'x' },
      [{ pointer: '/id', detail: 'is not known here' }],
    ],
    [
      'another spelling',
      { operation: 'delete', taskId: randomUUID() },
      [{ pointer: '/taskId', detail: 'is not known here; send task_id' }],
    ],
    ['no task', { operation: 'create' }, [{ pointer: '/task', detail: 'is missing in a create' }]],
    [
      'a task of its path, and none to store',
      { operation: 'create', task_id: randomUUID() },
      [
        { pointer: '/task', detail: 'is missing in a create' },
        { pointer: '/task_id', detail: 'is not known in a create' },
      ],
    ],
    [
      'a task where there is none',
      { operation: 'delete', task_id: randomUUID(), task: { title: 'x' } },
      [{ pointer: '/task', detail: 'is not known in a delete' }],
    ],
    [
      'a malformed id',
      { operation: 'delete', task_id: '7' },
      [{ pointer: '/task_id', detail: 'must be a UUID' }],
    ],
    [
      'a task that is a list',
      { operation: 'patch', task_id: randomUUID(), task: [] },
      [{ pointer: '/task', detail: 'must be a JSON object' }],
    ],
    [
      'faults in the task',
      { operation: 'create', task: { title: ' ', prio: 1, tags: ['a', 7] } },
      [
        { pointer: '/task/prio', detail: 'is not known here' },
        { pointer: '/task/title', detail: 'must not be blank' },
        { pointer: '/task/tags/1', detail: 'must be a string' },
      ],
    ],
    [
      'a patch of nothing',
      { operation: 'patch', task_id: randomUUID(), task: {} },
      [
        {
          pointer: '/task',
          detail:
            'must have at least one of title, description, completed, due, time_zone, recurrence, recurrence_from, priority, tags, parent_id',
        },
      ],
    ],
    [
      'a zone that does not exist',
      {
        operation: 'create',
        task: { title: 'x', due: '2026-12-01T09:00', time_zone: 'Mars/Base' },
      },
      [{ pointer: '/task/time_zone', detail: expect.any(String) }],
    ],
    [
      'a nested value',
      { operation: 'complete', task_id: randomUUID(), completed: { set: true } },
      [{ pointer: '/completed', detail: 'must not be an object or array' }],
    ],
    [
      'null for a flag',
      { operation: 'complete', task_id: randomUUID(), completed: null },
      [{ pointer: '/completed', detail: 'must be true or false' }],
    ],
    [
      'a malformed tag',
      { operation: 'delete', task_id: randomUUID(), if_match: '3' },
      [
        {
          pointer: '/if_match',
          detail: expect.stringMatching(/^must be \* or a list of entity tags with their quotes/),
        },
      ],
    ],
  ])('answers %s alone, and makes the others', async (_, operation, errors) => {
    const results = await resultsOf([
      { operation: 'complete', task_id: task.id, completed: true },
      operation,
    ]);

    expect(results[0]).toMatchObject({ status: 200, task: { completed: true } });
    const inBody = errors.map((error) => {
      const { pointer, detail } = error as { pointer: string; detail: unknown };
      return { pointer: `/operations/1${pointer}`, detail };
    });
    expect(results[1]).toEqual({ status: 400, problem: problemBody('validation', inBody) });
  });

  it.each([
    ['old', { title: 'late' }, v7({ msecs: 0 }), 'is a UUIDv7 older than 24 hours'],
    ['old, with a malformed task', { title: '' }, v7({ msecs: 0 }), expect.any(String)],
    ['malformed', { title: 'x' }, 'é', 'must have 1 to 255 visible ASCII characters, and no blank'],
  ])('places the key of a create that is %s', async (_, body, key, detail) => {
    const [result] = await resultsOf([{ operation: 'create', task: body, idempotency_key: key }]);

    const [error] = result?.problem?.errors as readonly [object];
    expect(error).toEqual({
      pointer: body.title === '' ? '/operations/0/task/title' : '/operations/0/idempotency_key',
      detail,
    });
  });

  it.each<[string, unknown, object]>([
    ['a list', [], { pointer: '', detail: 'must be an object with operations' }],
    ['nothing', undefined, { pointer: '', detail: 'must be an object with operations' }],
    ['no operations', {}, { pointer: '/operations', detail: expect.any(String) }],
    ['none of them', { operations: [] }, { pointer: '/operations', detail: expect.any(String) }],
    [
      'one that is no list',
      { operations: {} },
      { pointer: '/operations', detail: expect.any(String) },
    ],
    [
      'something beside them',
      { operations: [{}], atomic: true },
      { pointer: '', detail: 'must have no property but operations' },
    ],
  ])('refuses a body that is %s', async (_, body, error) => {
    const response = await app
      .send('post', '/api/me/tasks/bulk', caller)
      .send(body as object | undefined);

    expect(answerOf(response)).toEqual(problemAnswer('validation', { errors: [error] } as object));
  });

  const names = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`name${n}`, 1]));

  it.each<[string, string]>([
    ['is deep', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['is deep, and is no JSON', '['.repeat(1_000_000)],
    ['has an operation of many names', JSON.stringify({ operation: 'create', ...names(70_000) })],
    ['has a task of many names', JSON.stringify({ operation: 'create', task: names(70_000) })],
    ['has many operations', Array.from({ length: 300_000 }, () => '{}').join(',')],
    ['has a long list', JSON.stringify({ operation: 'create', task: { tags: Array(99_999) } })],
  ])('refuses a body before it is parsed that %s', async (_, operations) => {
    const response = await app
      .send('post', '/api/me/tasks/bulk', caller)
      .type('application/json')
      .send(`{"operations":[${operations}]}`);

    const detail = 'must have at most 10000 values, at all depths together';
    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ pointer: '', detail }] }),
    );
  });

  it('tells the first of many unknown names alone', async () => {
    const many = { operation: 'create', task: { title: 'x' }, ...names(5_000) };

    const [other, result] = await resultsOf([{ operation: 'delete', task_id: task.id }, many]);

    expect(other?.status).toBe(204);
    const errors = result?.problem?.errors as readonly { pointer: string }[];
    expect(errors.map(({ pointer }) => pointer)).toEqual(
      Array.from({ length: 20 }, (_, n) => `/operations/1/name${n}`),
    );
  });

  it('takes as many operations as there may be, with all that a task may have', async () => {
    const full = {
      title: '"[{,'.repeat(20),
      description: 'x'.repeat(9_000),
      due: '2026-12-01T09:00',
      time_zone: 'Europe/Berlin',
      priority: 1,
      completed: true,
      tags: Array.from({ length: 10 }, (_, n) => `tag ${n}`),
    };
    const operations = Array.from({ length: 100 }, () => ({
      operation: 'create',
      task: full,
      idempotency_key: randomUUID(),
    }));

    const results = await resultsOf(operations, await aCaller());

    expect(new Set(results.map(({ status }) => status))).toEqual(new Set([201]));
  });

  it('refuses headers that belong to the operations', async () => {
    const response = await bulk(app, caller, [{ operation: 'delete', task_id: task.id }])
      .set('If-Match', '*')
      .set('Idempotency-Key', 'x');

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', {
        errors: [
          { header: 'If-Match', detail: 'must be absent: give each operation its own if_match' },
          {
            header: 'Idempotency-Key',
            detail: 'must be absent: give each operation its own idempotency_key',
          },
        ],
      }),
    );
    expect(await stored(task)).toEqual(task);
  });

  it('refuses a name that is repeated, wherever it is', async () => {
    const operation = `{"operation":"patch","task_id":"${task.id}","task":{"title":"A","title":"B"}}`;
    const response = await app
      .send('post', '/api/me/tasks/bulk', caller)
      .type('application/json')
      .send(`{"operations":[${operation}]}`);

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', {
        errors: [
          {
            pointer: '/operations/0/task',
            detail: 'has a name that is repeated: send it once',
          },
        ],
      }),
    );
    expect(await stored(task)).toEqual(task);
  });
});
