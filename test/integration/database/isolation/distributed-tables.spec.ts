import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientConfig } from 'pg';
import {
  checkIsolation,
  requireIsolation,
} from '../../../../src/database/isolation/isolation-gate';
import { negotiated } from '../../../support/database/gate-refusal';
import { TestDatabase } from '../../../support/database/test-database';

/** What Citus knows a table by; the rest of its catalogue is not asked. */
const DISTRIBUTED = `
  set allow_system_table_mods = on;
  create table pg_catalog.pg_dist_partition (logicalrelid regclass);
  grant select on pg_catalog.pg_dist_partition to public;
  insert into pg_catalog.pg_dist_partition values ('tasks')`;

describe('The isolation gate, before distributed tables,', () => {
  let database: TestDatabase;
  let session: ClientConfig;

  beforeAll(async () => {
    database = await TestDatabase.create();
    session = await negotiated(database.endpoint.api);
    await database.query(DISTRIBUTED);
  });
  afterAll(() => database.drop());

  it('refuses policies that narrow, which open the rows of others on the workers', async () => {
    const [finding, ...others] = await checkIsolation(session, 'transaction');

    expect(others).toEqual([]);
    expect(finding?.what).toMatch(/^tasks must have one policy .+, and has .+numbered_insert_/);
    expect(finding?.remedies).toEqual([
      expect.stringContaining('drop policy "numbered_delete_1795868000003"'),
      expect.stringContaining('drop policy "numbered_insert_1795868000003"'),
      expect.stringContaining('drop policy "numbered_update_1795868000003"'),
      expect.stringContaining('drop policy "own_tasks"'),
      expect.stringContaining('create policy own_tasks'),
    ]);
  });

  it('refuses them of later migrations, too', async () => {
    await database.query(
      `insert into task_api_migrations (timestamp, name) values (1999999999999, 'Later1999999999999');
       create policy later_1999999999999 on tasks as restrictive to task_api using (title <> '')`,
    );

    const [finding] = await checkIsolation(session, 'transaction');

    expect(finding?.what).toContain('later_1999999999999 (using');
    await database.query('drop policy later_1999999999999 on tasks');
  });

  it('is open without them, for a scope that reaches the workers', async () => {
    for (const command of ['insert', 'update', 'delete']) {
      await database.query(`drop policy numbered_${command}_1795868000003 on tasks`);
    }

    await requireIsolation(session, 'transaction');
  });

  it('refuses a scope that does not', async () => {
    const findings = await checkIsolation(session, 'implicit');

    expect(findings.flatMap(({ remedies }) => remedies)).toEqual([
      '-- set DATABASE_SCOPE=transaction, and start again',
    ]);
  });
});
