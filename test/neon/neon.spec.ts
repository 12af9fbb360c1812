import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { connectionSettings } from '../../src/database/session/connection-settings';
import { withClient } from '../../src/database/session/client';
import { type Method, sendTo } from '../support/app/tested-api';
import { aCaller, type Caller, TEST_SECRET } from '../support/app/tokens';
import { MixedLoad } from '../support/faults/mixed-load';
import { callEveryOperation } from '../support/http/every-operation';
import { HttpSender } from '../support/http/http-sender';
import { DocumentedApi } from '../support/openapi/openapi-validation';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { runCli } from '../support/processes/command-line';
import { describeWith } from '../support/requirements';

const { NEON_URL = '', NEON_OWNER_URL = '' } = process.env;
const DOCUMENT = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPIObject;
const VARIABLES = {
  DATABASE_URL: NEON_URL,
  DATABASE_OWNER_URL: NEON_OWNER_URL,
  AUTH_SECRET: TEST_SECRET,
  HOST: '127.0.0.1',
  RATE_LIMIT: '0',
  LOG_LEVEL: 'warn',
};

// A database that sleeps wakes for the first statement.
jest.setTimeout(180_000);

describeWith('neon', 'The API on the database of NEON_URL', () => {
  const documented = new DocumentedApi(DOCUMENT);
  let home: ServerHome;
  let server: BuiltServer;
  let ada: Caller;

  beforeAll(async () => {
    home = await ServerHome.create();
    server = await home.start(VARIABLES);
    ada = await aCaller();
  });
  afterAll(() => home.remove());

  const send = (method: Method, path: string, caller: Caller) =>
    sendTo({ url: server.url, documented }, method, path, caller);

  it('is migrated, and its logins are what doctor wants them to be', async () => {
    const { code, stdout } = await runCli(['doctor', '--json'], { ...VARIABLES, PORT: '0' });
    const { checks } = JSON.parse(stdout) as { checks: readonly Record<string, string>[] };
    const statuses = Object.fromEntries(checks.map(({ name = '', status }) => [name, status]));

    expect({ code, statuses }).toMatchObject({
      code: 0,
      statuses: { database: 'ok', tls: 'ok', role: 'ok', 'row security': 'ok', migrations: 'ok' },
    });
  });

  it('answers every operation as the document says', async () => {
    const called = await callEveryOperation({ url: server.url, documented }, ada);

    const all = documented.operations.map(({ method, path }) => `${method} ${path}`);
    expect(all.filter((operation) => !called.has(operation))).toEqual([]);
  });

  it('shows nobody the tasks of another user, under mixed load of many', async () => {
    const sender = new HttpSender(Number(server.port), 32);
    const options = { users: 10, requests: 600, concurrency: 32, seed: 7, faults: false };
    const { breaches, kept } = await MixedLoad.run(sender, options);
    sender.close();
    for (const userId of kept.keys()) {
      await send('delete', '/api/users/me', await aCaller({ sub: userId }));
    }

    expect(breaches).toEqual([]);
  });

  it('is woken by the next request, after all its sessions have ended', async () => {
    expect((await send('get', '/api/me/tasks', ada)).status).toBe(200);
    await withClient(connectionSettings(NEON_URL), (client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where usename = current_user and pid <> pg_backend_pid()`,
      ),
    );

    const answers = await Promise.all(
      Array.from({ length: 4 }, () => send('get', '/api/me/tasks', ada)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});
