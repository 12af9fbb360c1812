import { expect } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { base64url, CompactEncrypt, SignJWT, UnsecuredJWT } from 'jose';
import type { ProblemCode } from '../../src/problems/problem-types';
import { type Abuse, type Actors, describeAbuses } from '../support/http/abuse';
import { ETAG, type Answer, problemAnswer, taskAnswer, USER_DATA } from '../support/http/answers';
import { signToken, TEST_SECRET } from '../support/app/tokens';

const MISSING = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
const UNAUTHENTICATED = problemAnswer('unauthenticated', {
  headers: { 'www-authenticate': 'Bearer' },
});
/** @param advice how the answer helps, where it does not say what it says of every bad token */
const refusal = (description: string, advice?: string, code = 'invalid-token' as ProblemCode) =>
  problemAnswer(code, {
    headers: {
      'www-authenticate': `Bearer error="invalid_token", error_description="${description}"`,
    },
    ...(advice !== undefined && { detail: expect.stringContaining(advice) }),
  });
const ANOTHER_KIND = 'Another token of the same kind will not do';
const NO_JWT = refusal('The access token is not a JWT', ANOTHER_KIND);
const ALGORITHM = refusal('The algorithm of the access token is not accepted', 'sign with HS256');
const SIGNATURE = refusal('The signature of the access token is not valid');
const claim = (name: string): Answer =>
  refusal(`The claim ${name} of the access token is missing or not accepted`, ANOTHER_KIND);
const EMPTY_PAGE: Answer = {
  status: 200,
  headers: USER_DATA,
  body: { items: [], next_cursor: null },
};

const now = Math.floor(Date.now() / 1_000);
const secret = new TextEncoder().encode(TEST_SECRET);
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A request of the caller's own list with this Authorization header. */
const header = (input: string, value: string): Abuse => [
  'A1',
  input,
  ({ app }) => app.send('get', '/api/me/tasks').set('Authorization', value),
  UNAUTHENTICATED,
];
const token = (
  id: string,
  input: string,
  make: (actors: Actors) => string | Promise<string>,
  answer = SIGNATURE,
): Abuse => [
  id,
  input,
  async (actors) => {
    const text = await make(actors);
    return await actors.app.send('get', '/api/me/tasks').set('Authorization', `Bearer ${text}`);
  },
  answer,
];
const claims = (id: string, input: string, replaced: object, answer: Answer): Abuse =>
  token(id, input, ({ caller }) => signToken({ sub: caller.userId, ...replaced }), answer);
const signed = (id: string, input: string, alg: string, extra: object = {}): Abuse =>
  token(
    id,
    input,
    ({ caller }) =>
      new SignJWT({ sub: caller.userId, iat: now, exp: now + 3_600 })
        .setProtectedHeader({ alg, ...extra })
        .sign(secret),
    ALGORITHM,
  );
const tampered = (
  input: string,
  change: (parts: readonly string[]) => string,
  answer?: Answer,
): Abuse =>
  token(
    'A3',
    input,
    async ({ caller }) => change((await signToken({ sub: caller.userId })).split('.')),
    answer,
  );

/** The same request of a path that is not the caller's own. */
const foreign = (input: string, path: (actors: Actors) => string, body?: string): Abuse => [
  'A11',
  input,
  (actors) =>
    body === undefined
      ? actors.app.send('get', path(actors), actors.caller)
      : actors.app.send('post', path(actors), actors.caller).send(body),
  problemAnswer('forbidden'),
];
const foreignTask = (method: 'get' | 'put' | 'patch' | 'delete', suffix = ''): readonly Abuse[] =>
  [({ victimsTask }: Actors) => victimsTask.id, () => MISSING].map((id, index) => [
    'A12',
    `${method} …${suffix} of ${index === 0 ? "another user's task" : 'a missing task'}`,
    (actors) => {
      const test = actors.app.send(method, `/api/me/tasks/${id(actors)}${suffix}`, actors.caller);
      return suffix === '' && (method === 'put' || method === 'patch')
        ? test.send({ title: 'Taken' })
        : test;
    },
    problemAnswer('task-not-found'),
  ]);
const alias = (userId: string, answer: Answer): Abuse => [
  'A13',
  userId,
  ({ app, caller }) => app.send('get', `/api/${userId}/tasks?completed=true`, caller),
  answer,
];
const FOREIGN = problemAnswer('forbidden');

describeAbuses(
  'identity',
  ['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A10', 'A11', 'A12', 'A13', 'A14', 'A15', 'A16'],
  [
    ['A1', 'no header', ({ app }) => app.send('get', '/api/me/tasks'), UNAUTHENTICATED],
    header('an empty header', ''),
    header('Basic', 'Basic dTpw'),
    header('Bearer alone', 'Bearer'),
    header('Bearer and blanks', 'Bearer   '),
    header('two tokens', 'Bearer a b'),
    [
      'A1',
      'a token in the query',
      async ({ app, caller }) =>
        await app.send('get', `/api/me/tasks?access_token=${caller.authorization.slice(7)}`),
      UNAUTHENTICATED,
    ],
    token(
      'A2',
      'alg none',
      ({ caller }) => new UnsecuredJWT({ sub: caller.userId, exp: now + 3_600 }).encode(),
      ALGORITHM,
    ),
    token(
      'A2',
      'alg nOnE',
      ({ caller }) => {
        const payload = JSON.stringify({ sub: caller.userId, exp: now + 3_600 });
        return `${base64url.encode('{"alg":"nOnE"}')}.${base64url.encode(payload)}.`;
      },
      ALGORITHM,
    ),
    signed('A2', 'HS384', 'HS384'),
    signed('A2', 'HS512', 'HS512'),
    token(
      'A2',
      'RS256',
      ({ caller }) =>
        new SignJWT({ sub: caller.userId, exp: now + 3_600 })
          .setProtectedHeader({ alg: 'RS256' })
          .sign(RSA.privateKey),
      ALGORITHM,
    ),
    token('A3', 'another key', ({ caller }) => signToken({ sub: caller.userId }, 'x'.repeat(32))),
    tampered('no signature', ([head, payload]) => `${head ?? ''}.${payload ?? ''}.`),
    tampered('two parts', ([head, payload]) => `${head ?? ''}.${payload ?? ''}`, NO_JWT),
    tampered('four parts', (parts) => [...parts, 'AAAA'].join('.'), NO_JWT),
    tampered('another payload', ([head, , signature]) =>
      [head, base64url.encode(JSON.stringify({ sub: MISSING, exp: now + 3_600 })), signature].join(
        '.',
      ),
    ),
    token(
      'A3',
      'a JWE',
      () =>
        new CompactEncrypt(new TextEncoder().encode('{}'))
          .setProtectedHeader({ alg: 'dir', enc: 'A128CBC-HS256' })
          .encrypt(secret),
      refusal('The access token is encrypted', ANOTHER_KIND),
    ),
    token('A3', 'text', () => 'abc', NO_JWT),
    token(
      'A3',
      'a token of 9 kB',
      () => 'a'.repeat(9_000),
      refusal('The access token is too long', ANOTHER_KIND),
    ),
    token(
      'A3',
      'b64: false',
      ({ caller }) =>
        new SignJWT({ sub: caller.userId, exp: now + 3_600 })
          .setProtectedHeader({ alg: 'HS256', b64: true, crit: ['b64'] })
          .sign(secret),
      refusal('The access token uses an extension that is not supported', ANOTHER_KIND),
    ),
    claims(
      'A4',
      'expired',
      { exp: now - 61 },
      refusal('The claim exp of the access token is in the past', undefined, 'token-expired'),
    ),
    claims(
      'A4',
      'not yet valid',
      { nbf: now + 3_600 },
      refusal('The claim nbf of the access token is in the future', 'Wait until then'),
    ),
    claims('A4', 'issued in future', { sub: 'early', iat: now + 3_600 }, EMPTY_PAGE),
    claims('A4', 'iat as text', { iat: String(now) }, claim('iat')),
    claims('A4', 'exp as text', { exp: String(now + 3_600) }, claim('exp')),
    claims('A5', 'no exp', { exp: undefined }, claim('exp')),
    claims('A5', 'no sub', { sub: undefined }, claim('sub')),
    claims('A5', 'an empty sub', { sub: '' }, claim('sub')),
    token(
      'A6',
      'typ logout+jwt',
      ({ caller }) =>
        new SignJWT({ sub: caller.userId, exp: now + 3_600 })
          .setProtectedHeader({ alg: 'HS256', typ: 'logout+jwt' })
          .sign(secret),
      refusal('The token is not an access token', ANOTHER_KIND),
    ),
    foreign("an existing user's list", ({ victim }) => `/api/${victim.userId}/tasks`),
    foreign("a missing user's list", () => `/api/${MISSING}/tasks`),
    foreign(
      "an existing user's task",
      ({ victim, victimsTask }) => `/api/${victim.userId}/tasks/${victimsTask.id}`,
    ),
    foreign(
      "an existing user's malformed task",
      ({ victim }) => `/api/${victim.userId}/tasks/x?y=z`,
    ),
    foreign('a body that is not JSON', ({ victim }) => `/api/${victim.userId}/tasks`, '{"title'),
    foreign('a body of 1 MB', () => `/api/${MISSING}/tasks`, 'x'.repeat(1_000_000)),
    foreign("an existing user's account", ({ victim }) => `/api/users/${victim.userId}`),
    foreign("a missing user's account", () => `/api/users/${MISSING}`),
    ...foreignTask('get'),
    ...foreignTask('put'),
    ...foreignTask('patch'),
    ...foreignTask('delete'),
    ...foreignTask('patch', '/complete'),
    alias('me', EMPTY_PAGE),
    alias('%6d%65', EMPTY_PAGE),
    alias('ME', FOREIGN),
    alias('*', FOREIGN),
    alias('null', FOREIGN),
    alias('undefined', FOREIGN),
    [
      'A13',
      'the own id, its first digit percent-encoded',
      ({ app, caller, task }) => {
        const code = caller.userId.charCodeAt(0).toString(16);
        return app.send('get', `/api/%${code}${caller.userId.slice(1)}/tasks/${task.id}`, caller);
      },
      taskAnswer(200, { title: 'Mine' }, { etag: ETAG }),
    ],
  ],
  [
    ['A10', 'the process does not start: test/unit/config/env.spec.ts'],
    ['A14', 'accounts are not disabled here; what follows a deletion: account-deletion.spec.ts'],
    ['A15', 'there is no login: passwords are the business of the identity provider'],
    ['A16', 'one statement serves both cases, so there are no two times to tell apart'],
  ],
);
