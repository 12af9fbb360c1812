import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildOnce, runCli } from '../../support/processes/command-line';
import { query } from '../../support/processes/embedded-postgres-processes';
import { maintain, publishedCluster } from '../../support/database/test-cluster';

/** What a hosting provider gives: no superuser, so row-level security binds the owner as well. */
describe('seeding with a login that is no superuser', () => {
  const login = `seeder_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  let dataDir: string;

  beforeAll(async () => {
    buildOnce();
    dataDir = mkdtempSync(join(tmpdir(), 'task-api-seed-'));
    await maintain(`create role ${login} login password '${password}' in role task_api`);
    await maintain(`create database ${login} owner ${login}`);
  });
  afterAll(async () => {
    await maintain(`drop database if exists ${login} with (force)`);
    await maintain(`drop role if exists ${login}`);
    rmSync(dataDir, { recursive: true, force: true });
  });

  function databaseUrl(): string {
    const { host = 'localhost', port = 5432 } = publishedCluster().owner;
    return `postgresql://${login}:${password}@${encodeURIComponent(host)}:${port}/${login}`;
  }

  it('migrates, writes under the scope of each user, and changes nothing when repeated', async () => {
    const args = ['seed', '--users', '7', '--tasks', '350', '--json'];
    const variables = { DATABASE_URL: databaseUrl(), DATA_DIR: dataDir };
    const first = await runCli(args, variables);
    expect(first).toMatchObject({ code: 0 });
    expect(JSON.parse(first.stdout)).toMatchObject({ new_users: 7, new_tasks: 350 });
    const second = await runCli(args, variables);
    expect(JSON.parse(second.stdout)).toMatchObject({ new_users: 0, new_tasks: 0 });

    const superuser = { ...publishedCluster().owner, database: login };
    const users = await query(
      superuser,
      `select count(*)::int as tasks, count(distinct version)::int as numbers,
         max(version) <= last_change as "areTaken"
       from tasks join feeds using (user_id)
       group by user_id, last_change`,
    );
    expect(users).toEqual(Array(7).fill({ tasks: 50, numbers: 50, areTaken: true }));
  });
});
