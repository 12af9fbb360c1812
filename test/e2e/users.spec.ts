import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerOf, emptyAnswer, problemAnswer, TIME, USER_DATA } from '../support/http/answers';
import { aTask, list } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

describe('accounts', () => {
  let app: TestedApi;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  afterAll(() => app.stop());

  const userAnswer = (status: number, { userId }: Caller, email: string | null, headers = {}) => ({
    status,
    headers: { ...USER_DATA, ...headers },
    body: { id: userId, email, created_at: expect.stringMatching(TIME) },
  });

  it('POST /api/users makes the own account, then finds it', async () => {
    const caller = await aCaller();
    const first = await app.send('post', '/api/users', caller);
    const second = await app.send('post', '/api/users', caller);

    const headers = { location: `/api/users/${caller.userId}` };
    expect(answerOf(first)).toEqual(userAnswer(201, caller, null, headers));
    expect(answerOf(second)).toEqual(userAnswer(200, caller, null, headers));
    expect(second.body).toEqual(first.body);
  });

  it.each([undefined, {}])('POST /api/users takes no body, or an empty one: %j', async (body) => {
    const caller = await aCaller();

    expect((await app.send('post', '/api/users', caller).send(body)).status).toBe(201);
  });

  it.each([{ email: 'other@example.com' }, [], ['x'], 7, null])(
    'POST /api/users refuses a body that it would ignore: %j',
    async (body) => {
      const caller = await aCaller();
      const response = await app
        .send('post', '/api/users', caller)
        .type('application/json')
        .send(JSON.stringify(body));

      const detail = 'must be absent, or {}: nothing is taken from it';
      expect(answerOf(response)).toEqual(
        problemAnswer('validation', { errors: [{ pointer: '', detail }] }),
      );
    },
  );

  it.each([
    ['me', () => 'me'],
    ['its id', ({ userId }: Caller) => userId],
    ['its id in upper case', ({ userId }: Caller) => userId.toUpperCase()],
  ])('GET /api/users/… finds the own account by %s', async (_, name) => {
    const caller = await aCaller({ email: `${name.length}@example.com` });
    const { body } = await app.send('post', '/api/users', caller);
    const response = await app.send('get', `/api/users/${name(caller)}`, caller);

    expect(answerOf(response)).toEqual(userAnswer(200, caller, null));
    expect(response.body).toEqual(body);
  });

  it('answers HEAD as GET, without the body', async () => {
    const caller = await aCaller();
    await app.send('post', '/api/users', caller);
    const got = await app.send('get', '/api/users/me', caller);
    const headed = await app.send('head', '/api/users/me', caller);

    expect(answerOf(headed)).toEqual({ ...answerOf(got), body: undefined });
    expect(headed.headers['content-length']).toBe(got.headers['content-length']);
  });

  it.each(['get', 'delete'] as const)(
    '%s of an account that does not exist is 404',
    async (method) => {
      const caller = await aCaller();

      for (const name of ['me', caller.userId]) {
        expect(answerOf(await app.send(method, `/api/users/${name}`, caller))).toEqual(
          problemAnswer('user-not-provisioned'),
        );
      }
    },
  );

  it('a list before the first write is empty, and makes no account', async () => {
    const caller = await aCaller();
    const response = await list(app, caller);

    expect(answerOf(response)).toEqual({
      status: 200,
      headers: USER_DATA,
      body: { items: [], next_cursor: null },
    });
    expect((await app.send('get', '/api/users/me', caller)).status).toBe(404);
  });

  it('DELETE erases the account and all its tasks, and nobody else’s', async () => {
    const [caller, other] = [await aCaller(), await aCaller()];
    for (const title of ['a', 'b', 'c']) await aTask(app, caller, { title });
    const kept = await aTask(app, other);

    const response = await app.send('delete', '/api/users/me', caller);

    expect(answerOf(response)).toEqual(emptyAnswer(204));
    expect(await app.database.query('select from users where id = $1', [caller.userId])).toEqual(
      [],
    );
    expect(
      await app.database.query('select from tasks where user_id = $1', [caller.userId]),
    ).toEqual([]);
    expect((await app.send('get', `/api/me/tasks/${kept.id}`, other)).body).toEqual(kept);
  });

  it('a token that is still valid may start a new, empty account', async () => {
    const caller = await aCaller();
    const before = await aTask(app, caller, { title: 'before' });
    await app.send('delete', `/api/users/${caller.userId}`, caller);
    const after = await aTask(app, caller, { title: 'after' });

    expect((await list(app, caller)).body.items).toEqual([after]);
    expect((await app.send('get', `/api/me/tasks/${before.id}`, caller)).status).toBe(404);
  });

  it.each([
    ['post', '/api/users?x=1'],
    ['get', '/api/users/me?x=1'],
    ['delete', '/api/users/me?x=1'],
  ] as const)('%s %s takes no parameter', async (method, path) => {
    expect(answerOf(await app.send(method, path, await aCaller()))).toEqual(
      problemAnswer('validation', {
        errors: [{ parameter: 'x', detail: 'is not known here, where there are no parameters' }],
      }),
    );
  });

  it.each(['get', 'delete'] as const)(
    '%s of another account is one constant 403, whether it exists or not',
    async (method) => {
      const [caller, other] = [await aCaller(), await aCaller()];
      await aTask(app, other);

      const existing = await app.send(method, `/api/users/${other.userId}`, caller);
      const missing = await app.send(method, `/api/users/${(await aCaller()).userId}`, caller);

      expect(answerOf(existing)).toEqual(problemAnswer('forbidden'));
      expect(answerOf(missing)).toEqual(problemAnswer('forbidden'));
      expect((await app.send('get', '/api/users/me', other)).status).toBe(200);
    },
  );
});
