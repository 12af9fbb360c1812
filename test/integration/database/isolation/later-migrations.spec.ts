import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClientConfig } from 'pg';
import {
  checkIsolation,
  requireIsolation,
} from '../../../../src/database/isolation/isolation-gate';
import { FUNCTIONS } from '../../../../src/database/isolation/isolation-plan';
import { KNOWN_MIGRATIONS } from '../../../../src/database/schema/migration-history';
import { negotiated } from '../../../support/database/gate-refusal';
import { TestDatabase } from '../../../support/database/test-database';

const LATER = '1999999999999';
const NOT_OURS = 'enter_scope is not the function that the migrations made';
const KNOWN = KNOWN_MIGRATIONS.at(-1)?.slice(-LATER.length) ?? '';

describe('A server of an earlier release, whose database a later one migrates,', () => {
  let database: TestDatabase;
  let session: ClientConfig;

  beforeEach(async () => {
    database = await TestDatabase.create();
    session = await negotiated(database.endpoint.api);
    await database.query(
      `create function tell() returns trigger language plpgsql as 'begin return new; end'`,
    );
  });
  afterEach(() => database.drop());

  const record = (time: string) =>
    database.query('insert into task_api_migrations (timestamp, name) values ($1, $2)', [
      time,
      `Feed${time}`,
    ]);
  const addTrigger = (time: string) =>
    database.query(
      `create trigger feed_${time} before insert on tasks for each row execute function tell()`,
    );
  const findings = async () => (await checkIsolation(session)).map(({ what }) => what);

  it('serves on with a trigger and a narrowing policy that name that migration', async () => {
    await record(LATER);
    await addTrigger(LATER);
    await database.query(
      `create policy trash_${LATER} on tasks as restrictive to task_api using (title <> '')`,
    );

    expect(await findings()).toEqual([]);
    await requireIsolation(session);
  });

  it.each([
    ['of a migration that has not run', LATER, []],
    ['of a migration that it knows', KNOWN, [LATER]],
    ['of none', 'x', [LATER]],
  ])('refuses a trigger %s', async (_, time, recorded) => {
    for (const one of recorded) await record(one);
    await addTrigger(time);

    expect(await findings()).toEqual([
      `the trigger feed_${time} runs with the statements on tasks`,
    ]);
  });

  it.each([
    ['with the rights of its owner', 'alter function tell() security definer'],
    ['of another owner', 'alter function tell() owner to pg_database_owner'],
  ])('refuses a trigger whose function runs %s, whatever its name', async (_, sql) => {
    await record(LATER);
    await addTrigger(LATER);
    await database.query(sql);

    expect(await findings()).toEqual([
      `the trigger feed_${LATER} runs with the statements on tasks`,
    ]);
  });

  it('refuses a policy that shows more, whatever its name', async () => {
    await record(LATER);
    await database.query(`create policy shared_${LATER} on tasks to task_api using (true)`);

    expect(await findings()).toEqual([expect.stringContaining(`shared_${LATER} (using true)`)]);
  });

  it('does not learn of later migrations if it may not read the history', async () => {
    await record(LATER);
    await addTrigger(LATER);
    await database.query('revoke select on task_api_migrations from task_api');

    expect(await findings()).toEqual(
      expect.arrayContaining([
        'task_api may not select on task_api_migrations',
        `the trigger feed_${LATER} runs with the statements on tasks`,
      ]),
    );
  });
});

describe('A server of an earlier release, whose functions a later one replaces,', () => {
  let database: TestDatabase;
  let session: ClientConfig;

  beforeAll(async () => {
    database = await TestDatabase.create();
    session = await negotiated(database.endpoint.api);
  });
  afterEach(async () => {
    await database.query('delete from task_api_migrations where timestamp = $1', [LATER]);
    await database.query('alter function enter_scope(uuid) owner to current_user');
  });
  afterAll(() => database.drop());

  const record = () =>
    database.query('insert into task_api_migrations (timestamp, name) values ($1, $2)', [
      LATER,
      `Feed${LATER}`,
    ]);
  /** @param beginning of the body */
  const replaceFunction = (beginning: string) =>
    database.query(
      `create or replace function enter_scope(user_id uuid) returns void language plpgsql as $$
         ${beginning}
         begin perform pg_catalog.set_config('app.user_id', user_id::text, true); end $$`,
    );
  const findings = async () => (await checkIsolation(session)).map(({ what }) => what);

  it('refuses another body that names a migration which has not run', async () => {
    await replaceFunction(`/* enter_scope_${LATER} */`);

    expect(await findings()).toEqual([NOT_OURS]);
  });

  it('serves on with functions whose bodies name that migration', async () => {
    await record();
    for (const [name, { parameters, returns, body, hasPath }] of Object.entries(FUNCTIONS)) {
      await database.query(
        `create or replace function ${name}(${parameters}) returns ${returns} language plpgsql
         ${hasPath ? 'set search_path from current' : ''}
         as $$ /* ${name}_${LATER} */ ${body} $$`,
      );
    }

    expect(await findings()).toEqual([]);
    await requireIsolation(session);
  });

  it.each([
    ['names a migration that it knows', `/* enter_scope_${KNOWN} */`],
    ['names another function', `/* enter_change_${LATER} */`],
    ['names no migration', '/* enter_scope */'],
    ['names it further on', `declare mark text := '/* enter_scope_${LATER} */';`],
    ['has no mark', ''],
  ])('refuses another body that %s', async (_, beginning) => {
    await record();
    await replaceFunction(beginning);

    expect(await findings()).toEqual([NOT_OURS]);
  });

  it.each([
    ['with the rights of its owner', 'alter function enter_scope(uuid) security definer'],
    ['of another owner', 'alter function enter_scope(uuid) owner to pg_database_owner'],
    ['with a setting', 'alter function enter_scope(uuid) set row_security = off'],
  ])('refuses a function %s, whatever its mark', async (_, sql) => {
    await record();
    await replaceFunction(`/* enter_scope_${LATER} */`);
    expect(await findings()).toEqual([]);
    await database.query(sql);

    expect(await findings()).toEqual([NOT_OURS]);
  });
});
