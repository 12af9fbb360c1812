import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DatabaseEndpoint } from '../../src/database/session/connection-settings';
import { startEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres';
import { LARGE_PROOFS } from '../support/large-proofs';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { buildOnce, outcomeOf, runCli, startCli } from '../support/processes/command-line';
import {
  commandLine,
  gone,
  postmasterPid,
  query,
  serverPid,
  until,
} from '../support/processes/embedded-postgres-processes';
import { copyDataDir, copyPreparedDataDir } from '../support/processes/prepared-data-dir';
import { contentOf, servedDatabase } from '../support/processes/served-database';

/** What COPY has to escape, and what it must leave alone. */
const AWKWARD = ['a\\b\\.', '=1+1, "quoted"', 'Größe 🎂', '\\N', "it's"];

/** Ends the process, as a crash would, where it is about to rename something to such a path. */
const KILLED_BEFORE_RENAME = `
  const fs = require('node:fs');
  const rename = fs.renameSync;
  fs.renameSync = (from, to) => {
    if (new RegExp(process.env.KILLED_BEFORE).test(to)) process.kill(process.pid, 'SIGKILL');
    rename(from, to);
  };
`;

let directory: string;
let dataDir: string;
let file: string;
let home: ServerHome;
let server: BuiltServer;

beforeAll(async () => {
  buildOnce();
  directory = mkdtempSync(join(tmpdir(), 'task-api-backup-'));
  dataDir = join(directory, 'served');
  file = join(directory, 'backup.sql.gz');
  home = await ServerHome.create();
  server = await home.start({ DATA_DIR: dataDir });
  await runCli(['seed', '--users', '3', '--tasks', '2000'], { DATA_DIR: dataDir });
  await createTasks();
  const { code } = await runCli(['backup', file], { DATA_DIR: dataDir });
  expect(code).toBe(0);
}, 60_000);
afterAll(async () => {
  await home.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function createTasks(): Promise<void> {
  const authorization = await server.authorizationOf('ada@example.com');
  for (const title of AWKWARD) {
    const { status } = await fetch(`${server.url}/api/me/tasks`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ title, description: `${title}\n\\.\n\t\r\n${title}` }),
    });
    expect(status).toBe(201);
  }
  const { owner } = await servedDatabase(dataDir);
  await query(
    owner,
    `insert into trash (user_id, id, version, deleted_at, task)
     select user_id, gen_random_uuid(), version, now(), '{}' from tasks limit 1`,
  );
}

/** Lends the database that is in a directory. */
async function within<Result>(
  directoryOfData: string,
  use: (endpoint: DatabaseEndpoint) => Promise<Result>,
): Promise<Result> {
  const postgres = await startEmbeddedPostgres({
    dataDir: directoryOfData,
    parameters: { fsync: 'off' },
  });
  try {
    return await use(postgres.endpoint);
  } finally {
    await postgres.stop();
  }
}

const restoredTo = (name: string): string => join(directory, name);

/** A DATA_DIR whose database has one user with 7 tasks. It is seeded once, and then copied. */
async function seeded(name: string): Promise<string> {
  const [original, target] = [restoredTo('seeded'), restoredTo(name)];
  if (!existsSync(original)) await seed(original);
  // As root without user namespaces the cluster is elsewhere.
  if (existsSync(join(original, 'postgres', 'cluster'))) copyDataDir(original, target);
  else await seed(target);
  return target;
}

async function seed(target: string): Promise<void> {
  copyPreparedDataDir(target);
  await runCli(['seed', '--users', '1', '--tasks', '7'], { DATA_DIR: target });
}

describe('backup', () => {
  it('writes what the server holds, and proves that it can be restored', async () => {
    const verified = join(directory, 'verified.sql.gz');
    const args = ['backup', verified, '--verify', '--json'];
    const { code, stdout } = await runCli(args, { DATA_DIR: dataDir });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      file: verified,
      bytes: statSync(verified).size,
      rows: { users: 4, tasks: 2005, trash: 1 },
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      migrations: expect.arrayContaining(['CreateTasks1795305600002']),
      verified: 'restored',
      seconds: expect.any(Number),
    });
    expect(readdirSync(dataDir).filter((name) => name.startsWith('restoring-'))).toEqual([]);
  });

  it('leaves nothing but the file, for its owner alone', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).filter((name) => name.includes('partial'))).toEqual([]);
    expect(gunzipSync(readFileSync(file)).toString()).toMatch(/^-- task-api backup 1\n-- \{.*\}\n/);
  });

  it('is of one moment, while others write', async () => {
    const { owner } = await servedDatabase(dataDir);
    const [{ id } = { id: '' }] = await query<{ id: string }>(
      owner,
      'select id from users order by id limit 1',
    );
    const writing = new AbortController();
    // Each transaction makes two tasks, so a snapshot never has an odd number more.
    const writer = (async () => {
      while (!writing.signal.aborted) {
        await query(
          owner,
          `insert into tasks select '${id}', gen_random_uuid(), 'pair', null, false, 1, now(), now()
           from generate_series(1, 2)`,
        );
      }
    })();
    const busy = join(directory, 'busy.sql.gz');
    const { stdout } = await runCli(['backup', busy, '--json', '--verify'], { DATA_DIR: dataDir });
    writing.abort();
    await writer;
    await query(owner, `delete from tasks where title = 'pair'`);
    const { rows } = JSON.parse(stdout) as { readonly rows: { readonly tasks: number } };
    expect(rows.tasks).toBeGreaterThanOrEqual(2005);
    expect((rows.tasks - 2005) % 2).toBe(0);
  });

  it('leaves no file behind when it is interrupted, and an earlier one as it was', async () => {
    const place = join(directory, 'interrupted');
    mkdirSync(place);
    writeFileSync(join(place, 'b.sql.gz'), 'earlier');
    const args = ['backup', join(place, 'b.sql.gz'), '--verify'];
    const backup = startCli(args, { DATA_DIR: dataDir });
    await once(backup.stderr, 'data');
    backup.kill('SIGINT');
    expect(await outcomeOf(backup)).toMatchObject({ code: 130, stdout: '' });
    expect(readdirSync(place)).toEqual(['b.sql.gz']);
    expect(readFileSync(join(place, 'b.sql.gz'), 'utf8')).toBe('earlier');
  });

  it('says when it cannot write', async () => {
    const args = ['backup', join(directory, 'no', 'b.sql.gz')];
    const { code, stdout, stderr } = await runCli(args, { DATA_DIR: dataDir });
    expect({ code, stdout }).toEqual({ code: 73, stdout: '' });
    expect(stderr).toMatch(/^The file cannot be written: ENOENT.*\n$/);
  });

  it('creates no database if there is none', async () => {
    const none = restoredTo('none');
    const { code, stderr } = await runCli(['backup', restoredTo('b.gz')], { DATA_DIR: none });
    expect({ code, stderr }).toEqual({
      code: 78,
      stderr: expect.stringContaining(`There is no embedded database in ${none}: set DATA_DIR`),
    });
    expect([existsSync(none), existsSync(restoredTo('b.gz'))]).toEqual([false, false]);
  });

  it.each(['backup', 'restore'])('%s leaves other databases to PostgreSQL', async (command) => {
    const { code, stderr } = await runCli([command, file], {
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    });
    expect(code).toBe(78);
    expect(stderr).toMatch(/^Only the embedded database: .*pg_dump.*\n$/);
  });
});

describe('restore', () => {
  it('brings back every row as it was, into a database that a server can use', async () => {
    const target = restoredTo('fresh');
    const { code, stdout } = await runCli(['restore', file], { DATA_DIR: target });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^Restored 4 users, 2,005 tasks, 1 deleted task of 20\S+Z in [\d.]+ s\n$/,
      ),
    });
    const expected = await contentOf(await servedDatabase(dataDir));
    expect(await within(target, contentOf)).toEqual(expected);
    const migrated = await runCli(['migrate'], { DATA_DIR: target });
    expect(migrated.stdout).toBe('Nothing to do: the schema is up to date.\n');
    expect(readdirSync(target).filter((name) => name.startsWith('restoring-'))).toEqual([]);
  });

  it('touches no database that is there, unless it is told to move it aside', async () => {
    const target = await seeded('taken');
    const before = await within(target, contentOf);

    const refused = await runCli(['restore', file], { DATA_DIR: target });
    expect(refused).toMatchObject({ code: 69, stdout: '' });
    expect(refused.stderr).toMatch(/^There is a database in .*: --force moves it aside, .*\n$/);
    expect(await within(target, contentOf)).toEqual(before);

    const { code, stdout } = await runCli(['restore', file, '--force', '--json'], {
      DATA_DIR: target,
    });
    expect(code).toBe(0);
    const { replaced } = JSON.parse(stdout) as { readonly replaced: string };
    expect(await within(target, contentOf)).toMatchObject({ users: 4, tasks: 2005 });

    rmSync(join(target, 'postgres'), { recursive: true });
    mkdirSync(restoredTo('back'));
    renameSync(replaced, join(restoredTo('back'), 'postgres'));
    expect(await within(restoredTo('back'), contentOf)).toEqual(before);
  });

  describe('that is killed', () => {
    const leftIn = (target: string): readonly string[] =>
      readdirSync(target).filter((entry) => /^(restoring-|postgres\.restored)/.test(entry));

    it('leaves one of two databases, whole, and nothing that the next one does not clean up', async () => {
      const target = await seeded('killed');
      const prelude = join(directory, 'killed-before-rename.cjs');
      writeFileSync(prelude, KILLED_BEFORE_RENAME);
      const args = ['restore', file, '--force'];
      const steps = [
        ['postgres\\.restored$', 7], // the new database waits beside the old one
        ['postgres\\.replaced-', 7], // the old database moves aside
        ['postgres$', 2005], // the new database gets its name
      ] as const;
      for (const [step, tasks] of LARGE_PROOFS ? steps : steps.slice(-1)) {
        const { code } = await runCli(args, {
          DATA_DIR: target,
          NODE_OPTIONS: `--require ${JSON.stringify(prelude)}`,
          KILLED_BEFORE: `^${target}/${step}`,
        });
        expect(code).toBe(null);
        expect(await within(target, contentOf)).toMatchObject({ tasks });
      }

      expect(await runCli(args, { DATA_DIR: target })).toMatchObject({ code: 0 });
      expect(await within(target, contentOf)).toMatchObject({ tasks: 2005 });
      expect(leftIn(target)).toEqual([]);
    }, 60_000);

    async function loading(target: string) {
      const restore = startCli(['restore', file, '--force'], { DATA_DIR: target });
      const staging = join(target, `restoring-${restore.pid}`, 'postgres', 'cluster');
      await until(() => postmasterPid(staging) !== undefined);
      return { restore, staging };
    }

    it('while it loads by Ctrl-C cleans up itself, with its PostgreSQL', async () => {
      const target = restoredTo('interrupted-loading');
      const { restore, staging } = await loading(target);
      const postgres = serverPid(staging);
      restore.kill('SIGINT');
      expect(await outcomeOf(restore)).toMatchObject({ code: 130, stdout: '' });
      expect(commandLine(postgres)).toBe('');
      expect(readdirSync(target)).toEqual([]);
    });

    it('while it loads is cleaned up by the next one, with its PostgreSQL', async () => {
      const target = await seeded('killed-loading');
      const { restore, staging } = await loading(target);
      const orphan = serverPid(staging);
      restore.kill('SIGKILL');
      await outcomeOf(restore);
      expect(await within(target, contentOf)).toMatchObject({ tasks: 7 });

      const args = ['restore', file, '--force'];
      expect(await runCli(args, { DATA_DIR: target })).toMatchObject({ code: 0 });
      await gone(orphan);
      expect(leftIn(target)).toEqual([]);
    });
  });

  it('is refused while a server runs', async () => {
    const before = await contentOf(await servedDatabase(dataDir));
    const { code, stderr } = await runCli(['restore', file, '--force'], { DATA_DIR: dataDir });
    expect(code).toBe(69);
    expect(stderr).toMatch(/^The database in .* is in use .*: stop the server first\n$/);
    expect(await contentOf(await servedDatabase(dataDir))).toEqual(before);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100), 'its end is missing'],
    ['changed', (bytes: Buffer) => bytes.fill(0, 40_000, 40_008), 'it is damaged'],
    ['something else', () => Buffer.from('hello'), 'it is no backup of the Task API'],
    ['something else, compressed', () => gzipSync('hello\n'), 'it is no backup of the Task API'],
    ['empty', () => Buffer.alloc(0), 'its end is missing'],
  ])('of a file that is %s ends with code 65, before it makes anything', async (_, damage, why) => {
    const damaged = restoredTo('damaged.sql.gz');
    writeFileSync(damaged, damage(readFileSync(file)));
    const target = restoredTo('untouched');
    const { code, stdout, stderr } = await runCli(['restore', damaged], { DATA_DIR: target });
    expect({ code, stdout }).toEqual({ code: 65, stdout: '' });
    expect(stderr).toBe(`${damaged} cannot be restored: ${why}\n`);
    expect(existsSync(target)).toBe(false);
  });

  it('makes the schema of its time, which migrate then brings up to date', async () => {
    const older = await seeded('older');
    await within(older, ({ owner }) =>
      query(
        owner,
        `drop function enter_scope; delete from task_api_migrations where name ~ 'EnterScope'`,
      ),
    );
    const backup = restoredTo('older.sql.gz');
    await runCli(['backup', backup], { DATA_DIR: older });
    const target = restoredTo('upgraded');
    expect(await runCli(['restore', backup], { DATA_DIR: target })).toMatchObject({ code: 0 });
    const { stdout } = await runCli(['migrate'], { DATA_DIR: target });
    expect(stdout).toBe('Ran CreateEnterScope1795305600003\nRan QualifyEnterScope1795824000000\n');
    expect(await within(target, contentOf)).toMatchObject({ users: 1, tasks: 7 });
  });

  it('refuses what a newer release has written', async () => {
    const { owner } = await servedDatabase(dataDir);
    await query(
      owner,
      `insert into task_api_migrations (timestamp, name) values (9, 'FromTheFuture9')`,
    );
    const backup = restoredTo('newer.sql.gz');
    expect(await runCli(['backup', backup], { DATA_DIR: dataDir })).toMatchObject({ code: 0 });
    await query(owner, `delete from task_api_migrations where timestamp = 9`);
    const target = restoredTo('downgraded');
    const { code, stderr } = await runCli(['restore', backup], { DATA_DIR: target });
    expect(code).toBe(65);
    expect(stderr).toMatch(/written by a newer release, .* FromTheFuture9: restore it with that/);
    expect(readdirSync(target)).toEqual([]);
  });
});
