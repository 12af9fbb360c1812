import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DevelopmentIssuer } from '../../../src/auth/development-issuer/development-issuer';
import { banner } from '../../../src/server/banner';
import { parseEnv } from '../../../src/config/env';
import type { RunningServer } from '../../../src/server/start-server';

const SERVER: RunningServer = {
  url: 'http://127.0.0.1:3000',
  database: 'embedded PostgreSQL',
  failed: new Promise(() => undefined),
  stop: () => Promise.resolve(),
};
const TOKEN = /Bearer (eyJ[\w.-]+)"/;

describe('the banner of the development mode', () => {
  let dataDir: string;
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'banner-'));
    DevelopmentIssuer.open(dataDir);
  });
  afterAll(() => rmSync(dataDir, { recursive: true }));

  const printed = (isTerminal: boolean) =>
    banner(parseEnv({ DATA_DIR: dataDir }), SERVER, 1_200, isTerminal);

  it('has a request with a token on a terminal', async () => {
    expect(await printed(true)).toMatch(TOKEN);
  });

  it('has a request that asks for its token, in a file', async () => {
    const text = await printed(false);

    expect(text).not.toMatch(TOKEN);
    expect(text).toContain(
      `"Authorization: Bearer $(DATA_DIR='${dataDir}' npm run --silent cli -- token --email `,
    );
  });

  it.each([
    ['.data', 'Bearer $(npm run --silent cli'],
    ["a 'b'/c", `Bearer $(DATA_DIR='${process.cwd()}/a '\\''b'\\''/c' npm run --silent cli`],
  ])('names the directory of the key only where it is not the default: %s', async (dir, text) => {
    expect(await banner(parseEnv({ DATA_DIR: dir }), SERVER, 1_200, false)).toContain(text);
  });

  it('says how to connect a front end', async () => {
    expect(await printed(true)).toContain(
      'Front end pages of localhost, at any port, may call the API; POST /api/dev/token signs them in',
    );
  });

  it('says that no proxy may stand before it', async () => {
    expect(await printed(true)).toContain('put no proxy before it');
  });
});

it.each([
  [{}, 'set CORS_ORIGINS to the origins of its pages, or put it behind the same proxy'],
  [
    { CORS_ORIGINS: 'https://app.example.com' },
    'pages of https://app.example.com may call the API',
  ],
])('says which pages may call the API with %j', async (variables, text) => {
  const env = parseEnv({ AUTH_SECRET: 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT', ...variables });

  expect(await banner(env, SERVER, 1_200, true)).toContain(`Front end ${text}`);
});

it('has no token of an identity that is configured', async () => {
  const env = parseEnv({ AUTH_SECRET: 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT' });

  expect(await banner(env, SERVER, 1_200, true)).toContain('Bearer <your token>"');
});
