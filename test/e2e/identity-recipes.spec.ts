import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request, { type Response } from 'supertest';
import { serveAt } from '../support/app/application-at';
import { signToken } from '../support/app/tokens';
import { TestDatabase } from '../support/database/test-database';
import { type Recipe, recipesOfPage } from '../support/http/identity-page';
import { KeyServer, ProviderKey } from '../support/http/key-server';

const RECIPES = recipesOfPage();

const SECRET = randomBytes(48).toString('base64');

/** By recipe: changes of the token, and the status of the answer. */
const REFUSED: Readonly<Record<string, readonly (readonly [object, number])[]>> = {
  Auth0: [[{ iss: 'https://TENANT.eu.auth0.com' }, 401]],
  'Auth0 with RBAC': [
    [{ permissions: [] }, 403],
    [{ permissions: undefined }, 403],
  ],
  Clerk: [
    [{ azp: 'https://evil.example.com' }, 401],
    [{ azp: undefined }, 401],
  ],
  'Cognito, access token': [
    [{ client_id: 'OTHER_CLIENT' }, 401],
    [{ aud: 'other-api' }, 401],
    [{ scope: 'other-api/tasks:read' }, 403],
  ],
  'Cognito, ID token': [[{ aud: 'OTHER_CLIENT' }, 401]],
  'Entra, one tenant': [[{ scp: 'Mail.Read' }, 403]],
  'Entra, several tenants': [
    [{ tid: 'TENANT_ONE' }, 401],
    [{ tid: 'EVIL', iss: 'https://login.microsoftonline.com/EVIL/v2.0' }, 401],
  ],
  Keycloak: [[{ aud: 'account' }, 401]],
};

let database: TestDatabase;
let server: KeyServer;
let keys: ReadonlyMap<string, ProviderKey>;
let directory: string;

beforeAll(async () => {
  database = await TestDatabase.create();
  server = await KeyServer.start();
  const algorithms = ['RS256', 'ES256', 'EdDSA'];
  keys = new Map(
    await Promise.all(
      algorithms.map(async (alg) => [alg, await ProviderKey.generate(alg, alg)] as const),
    ),
  );
  server.answerKeys(...keys.values());
  directory = mkdtempSync(join(tmpdir(), 'recipes-'));
});
afterAll(async () => {
  await server.stop();
  await database.drop();
  rmSync(directory, { recursive: true });
});

/** The settings of the page, with keys of the key server, and a secret in a file of ours. */
function variablesOf({ settings, token }: Recipe): Record<string, string> {
  const { AUTH_SECRET_FILE: file, ...others } = settings;
  if (token.header.alg !== 'HS256') return { ...others, AUTH_JWKS_URL: server.url('/keys') };
  if (file === undefined) return others;
  const secret = join(directory, 'secret');
  writeFileSync(secret, SECRET);
  return { ...others, AUTH_SECRET_FILE: secret };
}

/** The Authorization of somebody with the token of the page, some claims of it changed. */
async function authorizationOf({ settings, token }: Recipe, changes: object = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iat: now, exp: now + 900, ...token.claims, ...changes };
  const key = keys.get(token.header.alg);
  const signed =
    key === undefined
      ? signToken(claims, settings['AUTH_SECRET'] ?? SECRET)
      : key.token(claims, token.header);
  return `Bearer ${await signed}`;
}

describe('a recipe of docs/identity.md', () => {
  it.each(RECIPES.map((recipe) => ({ recipe, title: recipe.title })))(
    'lets the user of $title list and create tasks by the own id, and nobody else',
    async ({ recipe }) => {
      const { settings, token, storesAddress, title } = recipe;
      // The set-up of the tests has a secret, which is none here.
      const app = await serveAt(database.endpoint, { AUTH_SECRET: '', ...variablesOf(recipe) });
      const send = async (path: string, changes?: object): Promise<Response> =>
        request(app.url)
          .get(path)
          .set('Authorization', await authorizationOf(recipe, changes));
      try {
        const own = String(token.claims[settings['AUTH_USER_CLAIM'] ?? 'sub']);
        const path = `/api/${encodeURIComponent(own)}/tasks`;
        const { body: task, status } = await request(app.url)
          .post(path)
          .set('Authorization', await authorizationOf(recipe))
          .send({ title: 'First' });
        expect(status).toBe(201);
        expect((await send(path)).body.items).toEqual([task]);
        expect((await send('/api/users/me')).body).toMatchObject({
          id: task.user_id,
          email: storesAddress ? token.claims['email'] : null,
        });

        for (const [changes, refusal] of REFUSED[title] ?? []) {
          const { status: answered } = await send('/api/me/tasks', changes);
          expect({ changes, status: answered }).toEqual({ changes, status: refusal });
        }
      } finally {
        await app.stop();
        await database.query('delete from users');
      }
    },
  );

  it('is there for every provider', () => {
    expect(RECIPES.map(({ title }) => title)).toEqual([
      'Better Auth',
      'Supabase',
      'Supabase, local or self-hosted',
      'Auth0',
      'Auth0 with RBAC',
      'Clerk',
      'Cognito, access token',
      'Cognito, ID token',
      'Firebase',
      'Keycloak',
      'Entra, one tenant',
      'Entra, several tenants',
      'Google',
      'Auth.js',
    ]);
  });
});
