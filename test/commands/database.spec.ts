import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres';
import type { DatabaseEndpoint } from '../../src/database/session/connection-settings';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { buildOnce, outcomeOf, runCli, startCli } from '../support/processes/command-line';
import { gone, postmasterPid, query } from '../support/processes/embedded-postgres-processes';
import { copyPreparedDataDir } from '../support/processes/prepared-data-dir';
import { contentOf, servedDatabase } from '../support/processes/served-database';

interface Listed {
  readonly id: string;
  readonly user_id: string;
  readonly created_at: string;
}

let directory: string;

beforeAll(() => {
  buildOnce();
  directory = mkdtempSync(join(tmpdir(), 'task-api-cli-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const clusterIn = (dataDir: string) => join(dataDir, 'postgres', 'cluster');

async function seed(dataDir: string, users: number, tasks: number): Promise<object> {
  const args = ['seed', '--users', String(users), '--tasks', String(tasks), '--json'];
  const { code, stdout, stderr } = await runCli(args, { DATA_DIR: dataDir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^100 %: /m) });
  return JSON.parse(stdout) as object;
}

/** Of everything but the versions, which are numbers of the database's own: distinct for each user. */
async function seededIn({ owner }: DatabaseEndpoint): Promise<object> {
  const [content] = await query<object>(
    owner,
    `select count(distinct users.id)::int as users, count(tasks.id)::int as tasks,
       count(distinct (user_id, version))::int as versions,
       md5(string_agg(users::text || (to_jsonb(tasks) - 'version'), '' order by user_id, tasks.id)) as digest
     from users join tasks on user_id = users.id`,
  );
  return content ?? {};
}

describe('beside a running server', () => {
  let dataDir: string;
  let home: ServerHome;
  let server: BuiltServer;

  beforeAll(async () => {
    dataDir = join(directory, 'served');
    home = await ServerHome.create();
    server = await home.start({ DATA_DIR: dataDir });
  });
  afterAll(() => home.remove());

  async function tasksOf(email: string): Promise<readonly Listed[]> {
    const response = await fetch(`${server.url}/api/me/tasks?limit=100`, {
      headers: { authorization: await server.authorizationOf(email) },
    });
    const { items } = (await response.json()) as { readonly items: readonly Listed[] };
    return items;
  }

  it('migrate finds nothing to do', async () => {
    expect(await runCli(['migrate'], { DATA_DIR: dataDir })).toEqual({
      code: 0,
      stdout: 'Nothing to do: the schema is up to date.\n',
      stderr: '',
    });
  });

  it('seed makes tasks that the tokens of its addresses list, newest first', async () => {
    expect(await seed(dataDir, 3, 100)).toEqual({
      users: 3,
      tasks: 100,
      new_users: 3,
      new_tasks: 100,
      seconds: expect.any(Number),
    });
    const first = await tasksOf('seed-user-000001@example.com');
    const second = await tasksOf('seed-user-000002@example.com');
    expect([first.length, second.length]).toEqual([34, 33]);
    expect(new Set([...first, ...second].map(({ user_id: owner }) => owner)).size).toBe(2);
    const times = first.map((task) => task.created_at);
    expect(times).toEqual([...times].sort().reverse());
    expect(times[0]).toMatch(/^2026-(09|10)-/);
  });

  it('seed changes nothing the second time, and adds to it when it is larger', async () => {
    await seed(dataDir, 3, 100);
    const before = await contentOf(await servedDatabase(dataDir));
    expect(await seed(dataDir, 3, 100)).toMatchObject({ new_users: 0, new_tasks: 0 });
    expect(await contentOf(await servedDatabase(dataDir))).toEqual(before);
    expect(await seed(dataDir, 4, 200)).toMatchObject({ new_users: 1, new_tasks: 100 });
  });

  it('seed makes the same rows as in any other database', async () => {
    const elsewhere = join(directory, 'elsewhere');
    copyPreparedDataDir(elsewhere);
    await Promise.all([seed(dataDir, 4, 200), seed(elsewhere, 4, 200)]);
    const other = await startEmbeddedPostgres({
      dataDir: elsewhere,
      parameters: { fsync: 'off' },
    });
    try {
      const content = await seededIn(other.endpoint);
      expect(content).toMatchObject({ users: 4, tasks: 200, versions: 200 });
      expect(await seededIn(await servedDatabase(dataDir))).toEqual(content);
    } finally {
      await other.stop();
    }
  });

  it('seed makes rows as the API does, and tells the planner', async () => {
    await seed(dataDir, 4, 200);
    const { owner } = await servedDatabase(dataDir);
    const odd = await query(
      owner,
      `select * from tasks
       where version not between 1600000000000000
           and (select last_change from feeds where feeds.user_id = tasks.user_id)
         or updated_at <> coalesce(completed_at, created_at)
         or uuid_extract_version(id) <> 7 or uuid_extract_timestamp(id) <> created_at
         or title <> trim(title) or created_at < '2025-11-01' or created_at >= '2026-11-01'`,
    );
    expect(odd).toEqual([]);
    const analyzed = `select reltuples::int as rows from pg_class where oid = 'tasks'::regclass`;
    expect(await query(owner, analyzed)).toEqual([{ rows: 200 }]);
  });
});

describe('without a server', () => {
  let dataDir: string;

  beforeAll(() => {
    dataDir = join(directory, 'alone');
  });

  it('migrate makes the database, and leaves no process behind', async () => {
    const first = await runCli(['migrate'], { DATA_DIR: dataDir });
    expect(first).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^(Ran \w+\n){4,}$/),
      stderr: `Making a new database in ${dataDir}, which takes a few seconds\n`,
    });
    expect(existsSync(join(clusterIn(dataDir), 'postmaster.pid'))).toBe(false);
    const { stdout } = await runCli(['migrate', '--json'], { DATA_DIR: dataDir });
    expect(stdout).toBe('{"migrations":[]}\n');
  });

  it('seed can be interrupted and repeated', async () => {
    const args = ['seed', '--users', '20', '--tasks', '1000000'];
    const seeding = startCli(args, { DATA_DIR: dataDir });
    const interrupted = once(seeding.stderr, 'data').then(() => {
      const pid = postmasterPid(clusterIn(dataDir));
      seeding.kill('SIGINT');
      return pid;
    });
    expect(await outcomeOf(seeding)).toMatchObject({ code: 130, stdout: '' });
    await gone((await interrupted) ?? 0);

    expect(await seed(dataDir, 20, 1_000)).toMatchObject({ users: 20, tasks: 1_000 });
    expect(existsSync(join(clusterIn(dataDir), 'postmaster.pid'))).toBe(false);
  });
});
