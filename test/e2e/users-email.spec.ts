import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { answerOf, problemAnswer } from '../support/http/answers';
import { atOnce, fast } from '../support/http/fast-requests';
import { aTask } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

describe('the e-mail address of an account', () => {
  let app: TestedApi;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  afterAll(() => app.stop());

  const verified = (email: string, sub?: string): Promise<Caller> =>
    aCaller({ ...(sub !== undefined && { sub }), email, email_verified: true });
  const storedFor = async ({ userId }: Caller): Promise<unknown> =>
    (
      await app.database.query<{ email: string | null }>('select email from users where id = $1', [
        userId,
      ])
    )[0]?.email;

  const unusable: [string, JWTPayload][] = [
    ['is missing', {}],
    ['is not verified', { email: 'unverified@example.com' }],
    ['is said to be unverified', { email: 'no@example.com', email_verified: false }],
    ['is verified by a text', { email: 'text@example.com', email_verified: 'true' }],
    ['is empty', { email: '', email_verified: true }],
    ['is no address', { email: 'not an address', email_verified: true }],
    ['is no text', { email: ['a@example.com'], email_verified: true }],
    [
      'is longer than can be delivered',
      { email: `${'a'.repeat(250)}@example.com`, email_verified: true },
    ],
    ['holds a NUL', { email: 'a\0b@example.com', email_verified: true }],
  ];

  it.each(unusable)('blocks nothing where it %s: it is null', async (_, claims) => {
    const caller = await aCaller(claims);

    await aTask(app, caller);
    const response = await app.send('post', '/api/users', caller);

    expect([response.status, response.body.email]).toEqual([200, null]);
  });

  it.each([
    ['Zoe.Ångström@Example.COM', 'zoe.ångström@example.com'],
    // A letter that got its lower case in Unicode 16: PostgreSQL may know it where Node does not.
    ['\ua7cb@example.com', expect.stringMatching(/@example\.com$/)],
  ])('is stored in lower case: %s', async (email, stored) => {
    const caller = await verified(email);

    await aTask(app, caller);

    expect(await storedFor(caller)).toEqual(stored);
  });

  it('is null for the second user, whose tasks are stored nevertheless', async () => {
    const [first, second] = [
      await verified('taken@example.com'),
      await verified('Taken@Example.com'),
    ];

    await aTask(app, first);
    await aTask(app, second);

    expect(await storedFor(first)).toBe('taken@example.com');
    expect(await storedFor(second)).toBeNull();
  });

  it('goes to one of many who come at once, and blocks none', async () => {
    const callers = await Promise.all(
      Array.from({ length: 10 }, () => verified('race@example.com')),
    );

    const answers = await atOnce(10, (index) => {
      const caller = callers[index] ?? callers[0];
      if (caller === undefined) throw new Error('Nobody came');
      return fast(app, caller, 'POST', '/api/me/tasks', { body: { title: 'x' } });
    });

    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    const stored = await app.database.query<{ email: string | null }>(
      'select email from users where id = any ($1) order by email',
      [callers.map(({ userId }) => userId)],
    );
    expect(stored.map(({ email }) => email)).toEqual([
      'race@example.com',
      ...Array<null>(9).fill(null),
    ]);
  });

  it('is reported as taken by POST /api/users alone, and only to the caller', async () => {
    await aTask(app, await verified('owned@example.com'));
    const newcomer = await verified('owned@example.com');
    const refused = await app.send('post', '/api/users', newcomer);

    expect(answerOf(refused)).toEqual(problemAnswer('email-taken'));
    expect((await app.send('get', '/api/users/me', newcomer)).status).toBe(404);

    await aTask(app, newcomer);
    expect(answerOf(await app.send('post', '/api/users', newcomer))).toEqual(
      problemAnswer('email-taken'),
    );
    expect(await storedFor(newcomer)).toBeNull();
  });

  it('follows the token at the next POST /api/users', async () => {
    const old = await verified('old@example.com');
    await app.send('post', '/api/users', old);
    const renamed = await verified('renamed@example.com', old.userId);
    const response = await app.send('post', '/api/users', renamed);

    expect([response.status, response.body.email]).toEqual([200, 'renamed@example.com']);
  });

  it('stays where a later token names none', async () => {
    const caller = await verified('kept@example.com');
    await app.send('post', '/api/users', caller);
    const response = await app.send('post', '/api/users', await aCaller({ sub: caller.userId }));

    expect([response.status, response.body.email]).toEqual([200, 'kept@example.com']);
  });

  it('is free again after its account was deleted', async () => {
    const first = await verified('free@example.com');
    await app.send('post', '/api/users', first);
    await app.send('delete', '/api/users/me', first);
    const second = await verified('free@example.com');

    expect((await app.send('post', '/api/users', second)).body.email).toBe('free@example.com');
  });
});
