import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import {
  commandLine,
  gone,
  query,
  serverPid,
} from '../support/processes/embedded-postgres-processes';
import { freePort } from '../support/processes/free-port';
import { readFileSync } from 'node:fs';
import { History } from '../support/faults/history';
import type { StoredTask } from '../support/faults/history-audit';
import { TEST_SECRET } from '../support/app/tokens';

jest.setTimeout(90_000);

let home: ServerHome;
let port: number;
let server: BuiltServer;

beforeEach(async () => {
  home = await ServerHome.empty();
  port = await freePort();
  server = await start();
});
afterEach(() => home.remove());

function start(): Promise<BuiltServer> {
  const variables = { AUTH_SECRET: TEST_SECRET, HOST: '127.0.0.1', LOG_LEVEL: 'fatal' };
  return home.start({ ...variables, PORT: String(port), RATE_LIMIT: '0' });
}

function cluster(): string {
  return join(home.dataDir, 'postgres', 'cluster');
}

/** Asks the PostgreSQL of the server, as its superuser. */
async function stored(): Promise<readonly StoredTask[]> {
  const { ownerPassword: password } = JSON.parse(
    readFileSync(join(home.dataDir, 'postgres', 'credentials.json'), 'utf8'),
  ) as { ownerPassword: string };
  const [, , , socketPort, host] = readFileSync(join(cluster(), 'postmaster.pid'), 'utf8').split(
    '\n',
  );
  const address = { host: host === '' ? '127.0.0.1' : String(host), port: Number(socketPort) };
  return query(
    { ...address, user: 'postgres', password, database: 'task_api', ssl: false },
    'select user_id, id, title, version from tasks',
  );
}

it('F24: the embedded PostgreSQL is killed; the server says so and ends, and the next start has everything (F26)', async () => {
  const history = await History.begin({ port, stored });

  process.kill(serverPid(cluster()), 'SIGKILL');
  const end = await server.end();
  expect(end.code).toBe(1);
  expect(end.stderr).toMatch(/^The embedded database ended with SIGKILL$/m);
  server = await start();
  await history.recovers();
  await history.acknowledges(50);

  await history.end(
    'F24: the embedded PostgreSQL is killed; the server ends, and is started again',
  );
});

it('F24: the server is killed and leaves PostgreSQL an orphan, which the next start takes over, and stops (F26)', async () => {
  const orphan = serverPid(cluster());
  const history = await History.begin({ port, stored });

  await server.kill();
  await history.isCutOff(20);
  expect(commandLine(orphan)).not.toBe('');
  server = await start();
  expect(serverPid(cluster())).toBe(orphan);
  await history.recovers();
  await history.acknowledges(50);

  await history.end('F24: the server is killed, and its embedded PostgreSQL an orphan');
  await server.stop();
  await gone(orphan);
});
