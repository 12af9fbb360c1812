import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../src/database/session/connection-settings';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres';
import { migrate } from '../../src/database/schema/migrate';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { buildOnce, runCli, type Variables } from '../support/processes/command-line';
import { freePort } from '../support/processes/free-port';
import { query, serverPid } from '../support/processes/embedded-postgres-processes';

interface Report {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly detail: string;
    readonly remedies: readonly string[];
  }[];
}

let directory: string;

beforeAll(() => {
  buildOnce();
  directory = mkdtempSync(join(tmpdir(), 'task-api-doctor-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What the doctor finds, by check; the exit code must say the same as the report. */
async function findings(variables: Variables) {
  const { code, stdout, stderr } = await runCli(['doctor', '--json'], { PORT: '0', ...variables });
  const { ok, checks } = JSON.parse(stdout) as Report;
  const failed = checks.filter(({ status }) => status === 'fail').length;
  expect({ ok, code, stderr }).toEqual(
    failed === 0
      ? { ok: true, code: 0, stderr: '' }
      : { ok: false, code: 1, stderr: `${failed} of ${checks.length} checks failed\n` },
  );
  for (const { status, remedies } of checks) expect(remedies.length > 0).toBe(status !== 'ok');
  return Object.fromEntries(checks.map(({ name, ...check }) => [name, check]));
}

const statusesOf = (found: Awaited<ReturnType<typeof findings>>) =>
  Object.fromEntries(Object.entries(found).map(([name, { status }]) => [name, status]));

/** Names, sizes and times of all files, so that a change of any is seen. */
function filesIn(place: string): readonly string[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(place, name));
      return `${name} ${size} ${mtimeMs}`;
    });
}

const ALL_OK = {
  configuration: 'ok',
  database: 'ok',
  tls: 'ok',
  version: 'ok',
  encoding: 'ok',
  role: 'ok',
  'row security': 'ok',
  clock: 'ok',
  migrations: 'ok',
  sessions: 'ok',
  memory: 'ok',
  disk: 'ok',
  port: 'ok',
};

describe('the doctor on the embedded database', () => {
  let home: ServerHome;
  let server: BuiltServer;
  let adminPort: string;

  beforeAll(async () => {
    home = await ServerHome.create();
    adminPort = String(await freePort());
    server = await home.start({ ADMIN_PORT: adminPort });
  });
  afterAll(() => home.remove());

  it('finds a server that runs sound, and knows that the ports are its own', async () => {
    const ports = { PORT: server.port, ADMIN_PORT: adminPort };
    const found = await findings({ DATA_DIR: home.dataDir, ...ports });
    expect(statusesOf(found)).toEqual({ ...ALL_OK, 'admin port': 'ok' });
    expect(found['port']?.detail).toBe(`a Task API serves on 127.0.0.1:${server.port}`);
    expect(found['admin port']?.detail).toBe(`a Task API serves metrics on 127.0.0.1:${adminPort}`);
  });

  it('tells people the same, a line for each', async () => {
    const { code, stdout } = await runCli(['doctor'], { DATA_DIR: home.dataDir, PORT: '0' });
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(Object.keys(ALL_OK).length);
    expect(stdout).toMatch(/^ok {4}version {8}PostgreSQL 18\.\d+$/m);
  });

  it('says less of one that does not run, and changes none of its files', async () => {
    await server.stop();
    const before = filesIn(home.dataDir);
    const found = await findings({ DATA_DIR: home.dataDir });
    expect(statusesOf(found)).toEqual({
      configuration: 'ok',
      database: 'warn',
      memory: 'ok',
      disk: 'ok',
      port: 'ok',
    });
    expect(found['database']?.detail).toMatch(/look whole; the server does not run$/);
    expect(filesIn(home.dataDir)).toEqual(before);
  });

  it('fails on one that does not answer, instead of waiting', async () => {
    server = await home.start();
    const pid = serverPid(join(home.dataDir, 'postgres', 'cluster'));
    process.kill(pid, 'SIGSTOP');
    try {
      const found = await findings({ DATA_DIR: home.dataDir });
      expect(found['database']).toMatchObject({
        status: 'fail',
        detail: expect.stringMatching(new RegExp(`^PostgreSQL is process ${pid} in .*no session$`)),
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await server.stop();
  });

  it('knows a restored one that the next start will finish', async () => {
    const [name, restored] = ['postgres', 'postgres.restored'].map((n) => join(home.dataDir, n));
    renameSync(String(name), String(restored));
    const found = await findings({ DATA_DIR: home.dataDir });
    expect(found['database']).toMatchObject({ detail: expect.stringContaining(`${restored}/`) });
    renameSync(String(restored), String(name));
  });

  it('fails on one that is damaged', async () => {
    rmSync(join(home.dataDir, 'postgres', 'credentials.json'));
    const found = await findings({ DATA_DIR: home.dataDir });
    expect(found['database']).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('credentials.json is missing'),
      remedies: [expect.stringContaining('restore it from a backup')],
    });
  });

  it('makes none if there is none', async () => {
    const DATA_DIR = join(directory, 'none');
    expect((await findings({ DATA_DIR }))['database']?.status).toBe('ok');
    expect(existsSync(DATA_DIR)).toBe(false);
  });
});

describe('the doctor on a database of your own', () => {
  let postgres: EmbeddedPostgres;
  let endpoint: DatabaseEndpoint;

  beforeAll(async () => {
    const dataDir = join(directory, 'own');
    postgres = await startEmbeddedPostgres({ dataDir, parameters: { fsync: 'off' } });
    endpoint = postgres.endpoint;
  });
  afterAll(() => postgres.stop());

  const urlOf = ({ host = '', port = 0, user, password, database }: ConnectionSettings): string =>
    `postgresql://${user ?? ''}:${typeof password === 'string' ? password : ''}@${encodeURIComponent(host)}:${port}/${database ?? ''}`;
  const variables = (): Variables => ({
    DATABASE_URL: urlOf(endpoint.api),
    DATABASE_OWNER_URL: urlOf(endpoint.owner),
  });

  it('names what has yet to be migrated, and migrates nothing', async () => {
    const found = await findings(variables());
    expect(statusesOf(found)).toMatchObject({ role: 'warn', migrations: 'warn' });
    expect(found['migrations']?.detail).toMatch(/^pending: CreateTaskApiRole\d+, /);
    expect(await query(endpoint.owner, `select to_regclass('tasks') as tasks`)).toEqual([
      { tasks: null },
    ]);
  });

  it('finds a migrated one sound, also through a superuser, who is confined', async () => {
    await migrate(endpoint.owner);
    expect(statusesOf(await findings(variables()))).toEqual(ALL_OK);
    const { DATABASE_OWNER_URL = '' } = variables();
    const found = await findings({ DATABASE_URL: DATABASE_OWNER_URL });
    expect(statusesOf(found)).toEqual(ALL_OK);
  });

  it('fails where row-level security is off, with the SQL that mends it', async () => {
    await query(endpoint.owner, 'alter table tasks no force row level security');
    const found = await findings(variables());
    expect(found['row security']).toEqual({
      status: 'fail',
      detail: 'row-level security of tasks is not enabled and forced',
      remedies: ['alter table public.tasks enable row level security, force row level security;'],
    });
    await query(endpoint.owner, found['row security']?.remedies[0] ?? '');
    expect(statusesOf(await findings(variables()))).toEqual(ALL_OK);
  });

  it('fails where the login that migrates is refused, though the other one is not', async () => {
    const DATABASE_OWNER_URL = urlOf({ ...endpoint.owner, password: 'wrong' });
    const found = await findings({ ...variables(), DATABASE_OWNER_URL });
    expect(statusesOf(found)).toEqual({ ...ALL_OK, migrations: 'fail' });
    expect(JSON.stringify(found)).not.toContain(String(endpoint.api.password));
  });

  it('tells no secret, whatever is wrong', async () => {
    const secret = 'canary-secret';
    for (const DATABASE_URL of [
      `postgresql://app:${secret}@127.0.0.1:1/none`,
      `postgresql://app:${secret}@127.0.0.1:port/none`,
      `postgresql://app:${secret}/x@127.0.0.1:1/none`,
      `mysql://app:${secret}@127.0.0.1/none`,
      urlOf({ ...endpoint.api, password: secret }),
    ]) {
      const { code, stdout, stderr } = await runCli(['doctor', '--json'], {
        PORT: '0',
        DATABASE_URL,
        AUTH_SECRET: `${secret}, 32 bytes of it at least`,
      });
      expect({ code, told: (stdout + stderr).includes(secret) }).toEqual({ code: 1, told: false });
    }
  });

  it('fails if nothing answers', async () => {
    const found = await findings({ DATABASE_URL: 'postgresql://app@127.0.0.1:1/none' });
    expect(found['database']).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('ECONNREFUSED'),
      remedies: ['check DATABASE_URL and DATABASE_OWNER_URL'],
    });
  });
});

describe('the doctor on the rest', () => {
  it('fails on each mistake of the configuration', async () => {
    const { code, stdout } = await runCli(['doctor'], { PORT: 'x', RATE_LIMIT: 'x' });
    expect(code).toBe(1);
    expect(stdout.match(/^fail {2}configuration {2}(PORT|RATE_LIMIT): /gm)).toHaveLength(2);
  });

  it('fails where another program listens on the port', async () => {
    const server = createServer((_, response) => response.end('{"status":"ok"}'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const DATA_DIR = join(directory, 'none');
    const asPort = await findings({ DATA_DIR, PORT: String(port) });
    const asAdminPort = await findings({ DATA_DIR, ADMIN_PORT: String(port) });
    server.closeAllConnections();
    server.close();
    const fault = { status: 'fail', detail: `another program listens on 127.0.0.1:${port}` };
    expect(asPort['port']).toEqual({ ...fault, remedies: ['stop it, or change PORT'] });
    expect(asAdminPort['admin port']).toEqual({
      ...fault,
      remedies: ['stop it, or change ADMIN_PORT'],
    });
  });

  it('fails if DATA_DIR is a file', async () => {
    const DATA_DIR = join(directory, 'file');
    writeFileSync(DATA_DIR, '');
    expect((await findings({ DATA_DIR }))['database']?.status).toBe('fail');
  });
});
