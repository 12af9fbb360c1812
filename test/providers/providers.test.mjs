/**
 * The product beside real providers, by the settings of docs/identity.md. One product serves all of
 * them: each is an issuer with a number.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startBetterAuth } from './better-auth.mjs';
import { startOidcProvider } from './oidc-provider.mjs';
import { startTaskApi } from './task-api.mjs';

const API = 'https://tasks.example.com/';
let api, plain, uuids, oidc;

before(async () => {
  plain = await startBetterAuth();
  uuids = await startBetterAuth({ advanced: { database: { generateId: 'uuid' } } });
  oidc = await startOidcProvider();
  api = await startTaskApi({
    ...{ AUTH_ISSUER: plain.url, AUTH_AUDIENCE: plain.url },
    ...{ AUTH_JWKS_URL: `${plain.url}/api/auth/jwks`, AUTH_EMAIL_VERIFIED: 'emailVerified' },
    ...{ AUTH_2_ISSUER: uuids.url, AUTH_2_AUDIENCE: uuids.url },
    ...{ AUTH_2_JWKS_URL: `${uuids.url}/api/auth/jwks`, AUTH_2_UUID_SUBJECTS: 'on' },
    ...{ AUTH_3_ISSUER: oidc.url, AUTH_3_AUDIENCE: API },
  });
});
after(async () => {
  await Promise.all([api?.stop(), plain?.stop(), uuids?.stop(), oidc?.stop()]);
});

/** Lists and creates by the own name. @returns the user id of the API */
async function useTasks(name, token) {
  const path = `/api/${encodeURIComponent(name)}/tasks`;
  const created = await api.send('POST', path, token, { title: 'First' });
  assert.equal(created.status, 201);
  const listed = await api.send('GET', path, token);
  assert.deepEqual(listed.body.items, [created.body]);
  return created.body.user_id;
}

describe('Better Auth with its defaults', () => {
  it('lets its user list and create tasks by its own id', async () => {
    const ada = await plain.signUp('ada@example.com');
    assert.doesNotMatch(ada.id, /-/);
    const token = await plain.tokenOf(ada);
    const userId = await useTasks(ada.id, token);
    assert.match(userId, /^[\da-f]{8}-[\da-f]{4}-8/);
    assert.equal((await api.send('GET', '/api/users/me', token)).body.email, null);

    plain.verifyAddress(ada.id);
    const { body } = await api.send('POST', '/api/users', await plain.tokenOf(ada));
    assert.deepEqual([body.id, body.email], [userId, 'ada@example.com']);
  });

  it('keeps its users apart', async () => {
    const [bob, eve] = [
      await plain.signUp('bob@example.com'),
      await plain.signUp('eve@example.com'),
    ];
    await useTasks(bob.id, await plain.tokenOf(bob));
    const answer = await api.send('GET', `/api/${bob.id}/tasks`, await plain.tokenOf(eve));
    assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden']);
  });

  it('has session tokens, which are refused with the reason', async () => {
    const { sessionToken } = await plain.signUp('mallory@example.com');
    const { status, body, headers } = await api.send('GET', '/api/me/tasks', sessionToken);
    assert.deepEqual([status, body.code], [401, 'invalid-token']);
    assert.match(headers.get('www-authenticate'), /The access token is not a JWT/);
    assert.match(body.detail, /opaque token/);
  });
});

describe('Better Auth with UUIDs as ids', () => {
  it('has user ids that are those of the API', async () => {
    const ada = await uuids.signUp('ada.uuid@example.com');
    assert.equal(await useTasks(ada.id, await uuids.tokenOf(ada)), ada.id);
  });
});

describe('an OpenID provider', () => {
  it('is discovered, and its tokens open the tasks of their subject', async () => {
    const token = await oidc.tokenFor(API);
    const userId = await useTasks(oidc.subject, token);
    // Only one issuer of the three has its UUIDs taken over.
    assert.notEqual(userId, oidc.subject);
  });

  it('restricts a token to what was asked for', async () => {
    const token = await oidc.tokenFor(API, 'tasks:read');
    assert.equal((await api.send('GET', '/api/me/tasks', token)).status, 200);
    const { status, headers } = await api.send('POST', '/api/me/tasks', token, { title: 'No' });
    assert.equal(status, 403);
    assert.match(headers.get('www-authenticate'), /scope="tasks:write"/);
  });

  it('has tokens for other APIs, which are refused', async () => {
    const token = await oidc.tokenFor('https://other.example.com/');
    const { status, headers } = await api.send('GET', '/api/me/tasks', token);
    assert.equal(status, 401);
    assert.match(headers.get('www-authenticate'), /The claim aud/);
  });
});
