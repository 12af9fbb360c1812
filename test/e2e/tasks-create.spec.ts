import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApplication } from '../support/test-application';
import { aCaller, type Caller } from '../support/tokens';

describe('POST /api/{user_id}/tasks', () => {
  let app: TestApplication;
  let caller: Caller;

  beforeAll(async () => {
    app = await TestApplication.start();
    caller = await aCaller({ email: 'Ann@Example.com', email_verified: true });
  });
  afterAll(() => app.stop());

  const create = (body: object) =>
    app.send('post', `/api/${caller.userId}/tasks`, caller).send(body);

  it('stores a task and answers with it, its place and its version', async () => {
    const response = await create({ title: '  Buy oat milk ', description: 'Two\nlitres' });

    expect(response.status).toBe(201);
    expect(response.body).toEqual({
      id: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      user_id: caller.userId,
      title: 'Buy oat milk',
      description: 'Two\nlitres',
      completed: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: response.body.created_at,
    });
    expect(response.headers).toMatchObject({
      location: `/api/${caller.userId}/tasks/${response.body.id}`,
      etag: '"1"',
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'private, no-cache',
      vary: 'Authorization',
    });
  });

  it('makes the account with the first task, with the verified address in lower case', async () => {
    await create({ title: 'first' });

    expect(await app.database.query('select id, email from users')).toEqual([
      { id: caller.userId, email: 'ann@example.com' },
    ]);
  });
});
