import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Test } from 'supertest';
import { newTask } from '../../src/tasks/task-id';
import type { ProblemCode } from '../../src/problems/problem-types';
import { answerOf, problemAnswer } from '../support/http/answers';
import { aTask } from '../support/http/lists';
import { maintain } from '../support/database/test-cluster';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';
import { itWith } from '../support/requirements';

const MALFORMED = 'not-a-uuid';
const MALFORMED_USER = 'x%00';
const MISSING = newTask().id;
const MUST_BE_UUID = 'must be a UUID, such as 4a8494e7-0e17-4c5b-9f60-3a5d1f0b2c4d';
const TOO_LARGE = 'x'.repeat(200_000);

interface Cast {
  readonly owner: Caller;
  /** The owner again, with a token that may only read. */
  readonly reader: Caller;
  readonly taskId: string;
}

interface Row {
  readonly fault: string;
  readonly code: ProblemCode;
  readonly method: 'put' | 'post';
  readonly path: (cast: Cast) => string;
  readonly by?: (cast: Cast) => Caller;
  readonly contentType: 'text/plain' | 'application/json';
  readonly body: string;
  readonly ifMatch: string;
}

const owner = (cast: Cast): Caller => cast.owner;
const reader = (cast: Cast): Caller => cast.reader;
/** What is wrong below the path, from the media type on. */
const everything = { contentType: 'text/plain', body: TOO_LARGE, ifMatch: 'unquoted' } as const;
const json = { ...everything, contentType: 'application/json' } as const;
const small = { ...json, body: '{"title":"x"}' } as const;

/**
 * Each request has the fault of its row and all those of the rows below it. The quota, which comes
 * behind the scope, has rate-limit.spec.ts.
 */
const BEFORE_THE_DATABASE: readonly Row[] = [
  {
    fault: 'no such route',
    code: 'route-not-found',
    method: 'post',
    path: () => `/api/${MALFORMED_USER}/nothing/${MALFORMED}?x=1`,
    ...everything,
  },
  {
    fault: 'another method',
    code: 'method-not-allowed',
    method: 'post',
    path: () => `/api/${MALFORMED_USER}/tasks/${MALFORMED}?x=1`,
    ...everything,
  },
  {
    fault: 'no token',
    code: 'unauthenticated',
    method: 'put',
    path: () => `/api/${MALFORMED_USER}/tasks/${MALFORMED}?x=1`,
    ...everything,
  },
  {
    fault: 'a malformed user id',
    code: 'validation',
    method: 'put',
    path: () => `/api/${MALFORMED_USER}/tasks/${MALFORMED}?x=1`,
    by: reader,
    ...everything,
  },
  {
    fault: 'another user',
    code: 'forbidden',
    method: 'put',
    path: () => `/api/${MISSING}/tasks/${MALFORMED}?x=1`,
    by: reader,
    ...everything,
  },
  {
    fault: 'a scope that the token lacks',
    code: 'insufficient-scope',
    method: 'put',
    path: () => `/api/me/tasks/${MALFORMED}?x=1`,
    by: reader,
    ...everything,
  },
  {
    fault: 'a malformed task id',
    code: 'validation',
    method: 'put',
    path: () => `/api/me/tasks/${MALFORMED}?x=1`,
    by: owner,
    ...everything,
  },
  {
    fault: 'a media type that is not JSON',
    code: 'unsupported-media-type',
    method: 'put',
    path: () => `/api/me/tasks/${MISSING}?x=1`,
    by: owner,
    ...everything,
  },
  {
    fault: 'too large a body',
    code: 'payload-too-large',
    method: 'put',
    path: () => `/api/me/tasks/${MISSING}?x=1`,
    by: owner,
    ...json,
  },
  {
    fault: 'a body that is not JSON',
    code: 'malformed-json',
    method: 'put',
    path: () => `/api/me/tasks/${MISSING}?x=1`,
    by: owner,
    ...small,
    body: '{"title":',
  },
  {
    fault: 'an unknown parameter',
    code: 'validation',
    method: 'put',
    path: () => `/api/me/tasks/${MISSING}?x=1`,
    by: owner,
    ...small,
  },
  {
    fault: 'a malformed header',
    code: 'validation',
    method: 'put',
    path: () => `/api/me/tasks/${MISSING}`,
    by: owner,
    ...small,
  },
  {
    fault: 'a body without a title',
    code: 'validation',
    method: 'put',
    path: () => `/api/me/tasks/${MISSING}`,
    by: owner,
    ...small,
    ifMatch: '"9"',
    body: '{}',
  },
];

const FROM_THE_DATABASE: readonly Row[] = [
  {
    fault: 'no such task',
    code: 'task-not-found',
    method: 'put',
    path: () => `/api/me/tasks/${MISSING}`,
    by: owner,
    ...small,
    ifMatch: '"9"',
  },
  {
    fault: 'another version',
    code: 'precondition-failed',
    method: 'put',
    path: ({ taskId }) => `/api/me/tasks/${taskId}`,
    by: owner,
    ...small,
    ifMatch: '"9"',
  },
];

const titled = (rows: readonly Row[]): [string, Row][] =>
  rows.map((row) => [`${row.fault}: ${row.code}`, row]);

describe('the order of answers: the first fault decides', () => {
  let app: TestApplication;
  let cast: Cast;

  beforeAll(async () => {
    app = await TestApplication.start();
    const user = await aCaller();
    cast = {
      owner: user,
      reader: await aCaller({ sub: user.userId, scope: 'tasks:read' }),
      taskId: (await aTask(app, user)).id,
    };
  });
  afterAll(() => app.stop());

  const send = ({ method, path, by, contentType, body, ifMatch }: Row): Test =>
    app
      .send(method, path(cast), by?.(cast))
      .set('Content-Type', contentType)
      .set('If-Match', ifMatch)
      .send(body);
  const codeOf = async (row: Row): Promise<unknown> => (await send(row)).body.code;

  it.each(titled([...BEFORE_THE_DATABASE, ...FROM_THE_DATABASE]))('%s', async (_, row) => {
    expect(await codeOf(row)).toBe(row.code);
  });

  it('tells which of the ids is malformed', async () => {
    const [, , , userId, , , taskId] = BEFORE_THE_DATABASE;
    if (userId === undefined || taskId === undefined) throw new Error('The table has changed');

    expect(answerOf(await send(userId))).toEqual(
      problemAnswer('validation', {
        errors: [{ parameter: 'user_id', detail: 'must be at most 255 characters, without NUL' }],
      }),
    );
    expect(answerOf(await send(taskId))).toEqual(
      problemAnswer('validation', { errors: [{ parameter: 'task_id', detail: MUST_BE_UUID }] }),
    );
  });

  describe('while the database is away', () => {
    beforeAll(async () => {
      await maintain(
        `alter database ${String(app.database.endpoint.owner.database)} allow_connections false`,
      );
      await app.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'task-api'`,
      );
    });

    it.each(titled(BEFORE_THE_DATABASE))('%s', async (_, row) => {
      expect(await codeOf(row)).toBe(row.code);
    });

    it.each([
      ['a malformed If-None-Match', `/api/me/tasks/${MISSING}`, { 'If-None-Match': '1' }],
      ['an unknown parameter of a list', '/api/me/tasks?x=1', {}],
      ['a forged cursor', '/api/me/tasks?cursor=AAAA', {}],
    ])('refuses %s', async (_, path, headers) => {
      const response = await app.send('get', path, cast.owner).set(headers);

      expect(response.status).toBe(400);
    });

    it('refuses a malformed Idempotency-Key', async () => {
      const response = await app
        .send('post', '/api/me/tasks', cast.owner)
        .set('Idempotency-Key', 'two words')
        .send({ title: 'x' });

      expect(answerOf(response)).toEqual(
        problemAnswer('idempotency-key-invalid', {
          errors: [
            {
              header: 'Idempotency-Key',
              detail: 'must have 1 to 255 visible ASCII characters, and no blank',
            },
          ],
        }),
      );
    });

    it('answers OPTIONS and liveness', async () => {
      expect((await app.send('options', '/api/me/tasks')).status).toBe(204);
      expect((await app.send('get', '/health/live')).status).toBe(200);
    });

    itWith('oneDatabase', 'asks a good request to come back', async () => {
      const response = await app.send('get', `/api/me/tasks/${cast.taskId}`, cast.owner);

      expect(answerOf(response)).toEqual(
        problemAnswer('database-unavailable', { headers: { 'retry-after': '1' } }),
      );
    });
  });
});
