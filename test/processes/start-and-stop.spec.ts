import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres';
import { eventually } from '../support/app/eventually';
import { HeldRequest } from '../support/http/held-request';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { buildOnce, outcomeOf, startCli } from '../support/processes/command-line';
import { postmasterPid, query } from '../support/processes/embedded-postgres-processes';
import { processesAt } from '../support/processes/left-behind';
import { servedDatabase } from '../support/processes/served-database';

const TYPEORM = join(__dirname, '..', '..', 'node_modules', 'typeorm', 'cli.js');
const DATA_SOURCE = join(__dirname, '..', '..', 'dist', 'ormconfig.js');

/** The lock of src/database/schema/migration-lock.ts. */
const HOLD_MIGRATIONS = `
  begin;
  select pg_advisory_xact_lock(x'7461736b'::int);
  prepare transaction 'hold'`;
/** A prepared transaction outlasts its session and its server, which has to have room for it. */
const WITH_ROOM = { max_prepared_transactions: '1' };
const ROOM_FROM_NOW_ON = 'alter system set max_prepared_transactions = 1';

let home: ServerHome;
let temporary: string;
let dataDir: string;

beforeAll(async () => {
  buildOnce();
  home = await ServerHome.empty();
  // Short, so that PostgreSQL's socket fits into it, and open to the user who runs PostgreSQL.
  temporary = mkdtempSync('/tmp/tmp-');
  chmodSync(temporary, 0o755);
  ({ dataDir } = home);
});
afterAll(async () => {
  await home.remove();
  rmSync(temporary, { recursive: true, force: true });
});

const variables = () => ({ TMPDIR: temporary, DATA_DIR: dataDir });

function expectNothingLeft(): void {
  expect(processesAt(home.directory)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
  expect(postgresPid()).toBeUndefined();
}

const postgresPid = () => postmasterPid(join(dataDir, 'postgres', 'cluster'));

/** Until a program under test has begun to migrate. */
async function migrationsHeld(): Promise<void> {
  await eventually(async () => {
    const served = await servedDatabase(dataDir).catch(() => undefined);
    if (served === undefined) return false;
    const held = await query(
      served.owner,
      `select from pg_stat_activity where application_name = 'task-api migrate'`,
    );
    return held.length > 0;
  });
}

async function refuses({ port }: BuiltServer): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}`).then(
    () => false,
    () => true,
  );
}

async function occupiedPort(): Promise<{ port: string; program: Server }> {
  const program = createServer().listen(0, '127.0.0.1');
  await once(program, 'listening');
  return { port: String((program.address() as AddressInfo).port), program };
}

describe('a first start', () => {
  it.each(['PORT', 'ADMIN_PORT'])(
    'finds a %s that is taken before it makes anything',
    async (name) => {
      const { port, program } = await occupiedPort();

      const end = await home.end({ ...variables(), [name]: port });

      program.close();
      expect(end).toMatchObject({ code: 78, stdout: '' });
      expect(end.stderr).toMatch(new RegExp(`EADDRINUSE.*${port}: (set|change) ${name}`));
      expect(existsSync(dataDir)).toBe(false);
    },
  );

  it.each([
    ['is missing', 'nowhere'],
    ['is a file', 'file'],
  ])('names a temporary directory that %s, and makes nothing', async (_what, name) => {
    // Short: PostgreSQL listens on a port where the path of its socket would be too long.
    const short = mkdtempSync('/tmp/task-api-');
    writeFileSync(join(short, 'file'), '');
    const TMPDIR = join(short, name);

    const end = await home.end({ ...variables(), TMPDIR });

    rmSync(short, { recursive: true });
    expect(end).toMatchObject({ code: 69, stdout: '' });
    expect(end.stderr).toMatch(
      new RegExp(`temporary directory ${TMPDIR} \\(.*\\): set TMPDIR to a directory that exists`),
    );
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
  });

  it('leaves nothing when it is ended while it makes its database', async () => {
    const server = home.launch(variables());
    const made = () => (existsSync(dataDir) ? readdirSync(dataDir) : []);
    await eventually(() =>
      made().some((name) => existsSync(join(dataDir, name, 'cluster', 'PG_VERSION'))),
    );

    server.signal('SIGQUIT');

    expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
    expect(made()).toEqual([]);
    expectNothingLeft();
  });

  it('says what it is doing, and where', async () => {
    const server = await home.start({ ...variables(), DATA_DIR: 'data' });

    expect(server.banner.split('\n').slice(0, 2)).toEqual([
      `Making a new database in ${dataDir}, which takes a few seconds …`,
      expect.stringMatching(/^Task API is ready/),
    ]);
    await server.stop();
  });
});

describe('a start that is ended', () => {
  it('when PostgreSQL has just been started, leaves nothing, nor what one left that was killed', async () => {
    const abandoned = join(temporary, 'task-api-AbC123');
    mkdirSync(abandoned);
    utimesSync(abandoned, 0, 0);
    const server = home.launch(variables());
    await eventually(() => postgresPid() !== undefined);

    server.signal('SIGINT');

    expect(await server.end()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expectNothingLeft();
  });

  it("by TypeORM's command line, leaves nothing", async () => {
    const command = spawn(process.execPath, [TYPEORM, '-d', DATA_SOURCE, 'migration:revert'], {
      cwd: home.directory,
      env: variables(),
    });
    await eventually(() => postgresPid() !== undefined);

    command.kill('SIGINT');
    const [code] = await once(command, 'exit');

    expect(code).toBe(130);
    expectNothingLeft();
  });

  describe('while it migrates', () => {
    async function change(...statements: readonly string[]): Promise<void> {
      const postgres = await startEmbeddedPostgres({ dataDir, parameters: WITH_ROOM });
      for (const statement of statements) await query(postgres.endpoint.owner, statement);
      await postgres.stop();
    }

    beforeAll(() => change(ROOM_FROM_NOW_ON, HOLD_MIGRATIONS));
    afterAll(() => change(`rollback prepared 'hold'`));

    it('because its terminal was closed, leaves nothing', async () => {
      const server = home.launch(variables());
      await migrationsHeld();

      server.signal('SIGHUP');

      expect(await server.end()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expectNothingLeft();
    });

    it('leaves no worker', async () => {
      const server = home.launch({ ...variables(), WORKERS: '2' });
      await migrationsHeld();
      const running = processesAt(home.directory);

      server.signal('SIGTERM');

      expect(await server.end()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(running.filter((process) => process.includes('worker.js'))).toHaveLength(2);
      await eventually(() => processesAt(home.directory).length === 0);
      expectNothingLeft();
    });

    it('at the command line, leaves nothing', async () => {
      const command = startCli(['migrate'], variables());
      await migrationsHeld();

      command.kill('SIGHUP');

      expect(await outcomeOf(command)).toMatchObject({ stdout: '', stderr: '' });
      expectNothingLeft();
    });

    it('because that fails, leaves nothing', async () => {
      const server = home.launch(variables());
      await migrationsHeld();

      await query(
        (await servedDatabase(dataDir)).owner,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'task-api migrate'`,
      );

      expect(await server.end()).toMatchObject({ code: 69, stdout: '' });
      expectNothingLeft();
    });
  });
});

describe('a server that is stopping', () => {
  let server: BuiltServer;
  let held: HeldRequest;

  beforeEach(async () => {
    server = await home.start(variables());
    held = await HeldRequest.begin(server.url, await server.authorization());
  });

  it('is waited for by the next start, which says so', async () => {
    server.signal('SIGTERM');
    await eventually(() => refuses(server));

    const next = home.launch(variables());
    await eventually(() => next.banner !== '');
    expect(next.banner).toMatch(/^Waiting for the server that is stopping \(process \d+\) …\n$/);

    expect(await held.finish()).toBe(201);
    expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
    await next.ready();
    expect(await (await next.fetch('/api/me/tasks')).text()).toContain('"title":"held"');
    expect(await next.stop()).toMatchObject({ code: 0, stderr: '' });
    expectNothingLeft();
  });

  it('ends at once when it is asked again, and PostgreSQL with it, for which a command waits', async () => {
    server.signal('SIGINT');
    await eventually(() => refuses(server));
    const command = startCli(['migrate'], variables());
    const [said] = (await once(command.stderr, 'data')) as [Buffer];
    expect(said.toString()).toMatch(/^Waiting for the server that is stopping/);
    const again = setInterval(() => server.signal('SIGINT'), 100);

    const { code } = await server.end();

    clearInterval(again);
    expect(code).toBe(1);
    expect(await outcomeOf(command)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Nothing to do/),
    });
    expectNothingLeft();
  });
});
