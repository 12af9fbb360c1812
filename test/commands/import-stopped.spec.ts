import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { TestDatabase } from '../support/database/test-database';
import { buildOnce, outcomeOf, runCli, startCli } from '../support/processes/command-line';
import { until } from '../support/processes/embedded-postgres-processes';

const ROWS = 20_000;
const ROWS_OF_A_COMMIT = 1_000;

describe('an import', () => {
  let directory: string;
  let database: TestDatabase;

  beforeAll(async () => {
    buildOnce();
    directory = mkdtempSync(join(tmpdir(), 'task-api-import-'));
    database = await TestDatabase.create();
  });
  afterAll(async () => {
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each([
    ['SIGINT', 130, 'with', (): string => `"id":"${v7()}",`],
    ['SIGKILL', null, 'without', (): string => ''],
  ] as const)(
    'that is stopped by %s leaves whole commits, and goes on where it is repeated: %s %s ids',
    async (signal, exitCode, _, idOf) => {
      const user = randomUUID();
      await database.query('insert into users (id, created_at) values ($1, now())', [user]);
      const file = join(directory, `${signal}.json`);
      const rows = Array.from({ length: ROWS }, () => `{${idOf()}"title":"Many"}\n`);
      writeFileSync(file, rows.join(''));
      const args = ['import', file, '--user', user];
      const variables = { DATA_DIR: directory, ...database.variables };
      const imported = async () => {
        const [row] = await database.query<{ count: number }>(
          'select count(*)::int as count from tasks where user_id = $1',
          [user],
        );
        return row?.count ?? 0;
      };
      const importing = startCli(args, variables);
      await until(async () => (await imported()) > 0);
      importing.kill(signal);
      expect(await outcomeOf(importing)).toMatchObject({ code: exitCode, stdout: '' });
      const writing = `select from pg_stat_activity
        where datname = current_database() and xact_start is not null and query like 'insert into tasks%'`;
      await until(async () => (await database.query(writing)).length === 0);
      const done = await imported();
      expect(done % ROWS_OF_A_COMMIT).toBe(0);
      expect(done).toBeLessThan(ROWS);

      const { stdout } = await runCli([...args, '--json'], variables);

      expect(JSON.parse(stdout)).toMatchObject({ tasks: ROWS, new_tasks: ROWS - done });
      expect(await imported()).toBe(ROWS);
    },
  );
});
