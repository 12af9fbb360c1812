import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { DatabaseSession } from '../../../../src/database/session/database-session';
import { isolationBreaches } from '../../../../src/database/isolation/isolation-canary';
import { OWNER_COLUMN } from '../../../../src/database/isolation/isolation-plan';
import { TestDatabase } from '../../../support/database/test-database';

/** What the gate finds by trying alone, whatever the catalogue says. */
describe('The isolation canary', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.create();
  });
  afterAll(() => database.drop());

  const breaches = async (): Promise<readonly string[]> => {
    const { config } = await DatabaseSession.negotiate(database.endpoint.api);
    const client = new Client(config);
    await client.connect();
    const findings = await isolationBreaches(client, { isDistributed: false });
    await client.end();
    return findings.map(({ what }) => what);
  };

  const restorePolicies = async () => {
    for (const [table, owner] of Object.entries(OWNER_COLUMN)) {
      await database.query(
        `alter policy own_${table} on ${table} using (${owner} = ${own}) with check (${owner} = ${own})`,
      );
    }
  };

  it('finds nothing in a sound database, and leaves nothing behind', async () => {
    expect(await breaches()).toEqual([]);
    expect(await database.query('select from users')).toEqual([]);
  });

  it.each(Object.keys(OWNER_COLUMN))(
    'sees that a policy shows and takes everything in %s',
    async (table) => {
      await database.query(`alter policy own_${table} on ${table} using (true) with check (true)`);

      expect(await breaches()).toEqual(
        expect.arrayContaining([
          `a session without a scope sees rows of ${table}`,
          `a session without a scope can write to ${table}`,
          `another user's scope sees rows of ${table}`,
          `another user's scope can write to ${table}`,
        ]),
      );
      await restorePolicies();
    },
  );

  it.each(Object.keys(OWNER_COLUMN))('sees that users cannot write their own %s', async (table) => {
    await database.query(`alter policy own_${table} on ${table} with check (false)`);

    expect(await breaches()).toContain(`users cannot write their own ${table}`);
    await restorePolicies();
  });

  const own = `nullif(current_setting('app.user_id', true), '')::uuid`;
  it.each([
    [
      'a policy opens accounts that have no scope',
      `alter policy own_users on users
         using (coalesce(current_setting('app.user_id', true), '') in ('', id::text))
         with check (coalesce(current_setting('app.user_id', true), '') in ('', id::text))`,
      [
        'a session without a scope sees rows of users',
        'a session without a scope can write to users',
      ],
    ],
    [
      'a policy reads another setting',
      `alter policy own_tasks on tasks
         using (user_id::text = current_setting('app.tenant', true))
         with check (user_id::text = current_setting('app.tenant', true))`,
      ['users cannot write their own tasks'],
    ],
    [
      'a policy shows rows where the scope was never set',
      `insert into users (id, created_at) values (gen_random_uuid(), now());
       alter policy own_users on users
         using (id = ${own} or current_setting('app.user_id', true) is null)`,
      ['a new session sees rows of users'],
    ],
    [
      'the scope of explicit transactions stays on the session',
      `create or replace function enter_scope(user_id uuid) returns void language sql
         as $$ select set_config('app.user_id', user_id::text, false) $$`,
      ['a scope outlives its transaction'],
    ],
    [
      'a number stays on the session',
      `create or replace function enter_change(the_user uuid, width integer) returns boolean language sql
         as $$ select set_config('app.change', '1', false) is null $$;
       create or replace function enter_scope(user_id uuid) returns void language sql as ''`,
      ['a scope outlives its transaction'],
    ],
    [
      'a policy lets writes without a number pass',
      `create or replace function refuse_unnumbered() returns bigint language sql as 'select 0::bigint'`,
      ['tasks can be written without a number of the feed'],
    ],
  ])('sees that %s', async (_, sql, expected) => {
    await database.query(sql);

    expect(await breaches()).toEqual(expect.arrayContaining(expected));
    await database.query('delete from users');
    await restorePolicies();
  });
});
