import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { list } from '../support/http/lists';
import { ETAG, answerOf, problemAnswer, taskAnswer, USER_DATA } from '../support/http/answers';
import { positionOf } from '../../src/tasks/task-fields';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const NO_TIME = 'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z';

describe('POST /api/{user_id}/tasks', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller({ email: 'Ann@Example.com', email_verified: true });
  });
  afterAll(() => app.stop());

  const create = (body: object, userId = caller.userId) =>
    app.send('post', `/api/${userId}/tasks`, caller).send(body);

  it('stores a task and answers with it, its place and its version', async () => {
    const response = await create({ title: '  Buy oat milk ', description: 'Two\nlitres' });

    const { id, created_at: createdAt } = response.body;
    expect(answerOf(response)).toEqual(
      taskAnswer(
        201,
        {
          user_id: caller.userId,
          title: 'Buy oat milk',
          description: 'Two\nlitres',
          updated_at: createdAt,
        },
        { location: `/api/${caller.userId}/tasks/${id}`, etag: ETAG },
      ),
    );
  });

  it('stores what it answers', async () => {
    const { body, headers } = await create({ title: 'Stored', description: null, completed: true });

    const rows = await app.database.query(
      `select user_id, id, title, description, completed, version,
         to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at
       from tasks where id = $1`,
      [body.id],
    );
    expect(rows).toEqual([
      {
        user_id: caller.userId,
        id: body.id,
        title: 'Stored',
        description: null,
        completed: true,
        version: String(headers['etag']).slice(1, -1),
        created_at: body.created_at,
      },
    ]);
  });

  it('makes the time of creation the millisecond of the id', async () => {
    const { body } = await create({ title: 'Now' });

    const milliseconds = Number.parseInt(body.id.replaceAll('-', '').slice(0, 12), 16);
    expect(new Date(milliseconds).toISOString()).toBe(body.created_at);
  });

  it('makes the account with the first task, with the verified address in lower case', async () => {
    await create({ title: 'first' });

    expect(await app.database.query('select id, email from users')).toEqual([
      { id: caller.userId, email: 'ann@example.com' },
    ]);
  });

  it.each([
    ['me', () => 'me'],
    ['an upper-case id', () => caller.userId.toUpperCase()],
  ])('names the user by UUID in lower case where the path says %s', async (_, userId) => {
    const response = await create({ title: 'Mine' }, userId());

    expect(answerOf(response)).toEqual(
      taskAnswer(
        201,
        { user_id: caller.userId, title: 'Mine' },
        { location: `/api/${caller.userId}/tasks/${response.body.id}`, etag: ETAG },
      ),
    );
  });

  it('refuses If-Match, and makes nothing', async () => {
    const careful = await aCaller();
    const response = await app
      .send('post', '/api/me/tasks', careful)
      .set('If-Match', '*')
      .send({ title: 'x' });

    const detail = 'must be absent: a new task has no version';
    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ header: 'If-Match', detail }] }),
    );
    expect((await list(app, careful)).body.items).toEqual([]);
  });

  it('answers without a body to Prefer: return=minimal', async () => {
    const response = await create({ title: 'Quiet' }).set('Prefer', 'return=minimal');

    const { 'content-type': _, ...headers } = USER_DATA;
    expect(answerOf(response)).toEqual({
      status: 201,
      headers: {
        ...headers,
        location: expect.stringMatching(`^/api/${caller.userId}/tasks/[0-9a-f-]{36}$`),
        etag: ETAG,
        'preference-applied': 'return=minimal',
      },
      body: undefined,
    });
  });

  it('confirms Prefer: return=representation', async () => {
    const response = await create({ title: 'Loud' }).set('Prefer', 'return=representation');

    expect(response.status).toBe(201);
    expect(response.headers['preference-applied']).toBe('return=representation');
    expect(response.body.title).toBe('Loud');
  });

  it('copies a task that was read, as it is', async () => {
    const { body: original } = await create({ title: 'x', description: 'y', completed: true });
    const read = await app.send('get', `/api/me/tasks/${original.id}`, caller);

    const response = await create(read.body);

    const { id, created_at: createdAt } = response.body;
    expect(id).not.toBe(original.id);
    expect(answerOf(response)).toEqual(
      taskAnswer(
        201,
        {
          ...original,
          id,
          position: positionOf(id, null),
          completed_at: createdAt,
          created_at: createdAt,
          updated_at: createdAt,
        },
        { location: `/api/${caller.userId}/tasks/${id}`, etag: ETAG },
      ),
    );
  });

  it.each([
    ['id', '0190a1b2-0000-7000-8000-000000000001'],
    ['created_at', '2026-01-01T00:00:00.000Z'],
    ['updated_at', '2026-01-01T00:00:00.000Z'],
    ['position', 'V'],
  ])('lets nobody choose %s', async (property, value) => {
    const response = await create({ title: 'x', [property]: value });

    expect(response.status).toBe(201);
    expect(response.body[property]).not.toBe(value);
  });

  it.each([
    ['user_id', '0190a1b2-0000-4000-8000-000000000001', 'must be the one in the path, or absent'],
    ['user_id', 7, 'must be a string'],
    ['id', 7, 'must be a UUID'],
    ['id', '7', 'must be a UUID'],
    ['created_at', 'yesterday', NO_TIME],
    ['updated_at', null, NO_TIME],
    ['version', 1, 'is not known here'],
  ])('refuses %s: %j', async (property, value, detail) => {
    const response = await create({ title: 'x', [property]: value });

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ pointer: `/${property}`, detail }] }),
    );
  });

  it('names every faulty property at once', async () => {
    const response = await create({ title: ' ', description: 7, completed: 'yes', color: 'red' });

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', {
        errors: [
          { pointer: '/color', detail: 'is not known here' },
          { pointer: '/title', detail: 'must not be blank' },
          { pointer: '/description', detail: 'must be a string or null' },
          { pointer: '/completed', detail: 'must be true or false' },
        ],
      }),
    );
  });
});
