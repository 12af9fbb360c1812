import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { Finding } from '../finding';
import type { IsolationFacts } from './isolation-facts';
import {
  type FunctionName,
  OWNER_COLUMN,
  type ProtectedTable,
  SCOPE_SETTING,
  UNSET,
} from './isolation-plan';

const OUTCOME_SETTING = 'task_api.canary';

/** As if `enter_change` had taken it, so that only the owner decides whether a row may be written. */
const NUMBER = 1;

/** By an owner, which is a UUID of ours. */
const INSERT: Readonly<Record<ProtectedTable, (owner: string) => string>> = {
  users: (owner) => `insert into users (id, created_at) values ('${owner}', now())`,
  tasks: (owner) =>
    `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
     values ('${owner}', gen_random_uuid(), 'canary', false, ${NUMBER}, now(), now())`,
  feeds: (owner) => `insert into feeds (user_id, last_change, since)
     values ('${owner}', ${NUMBER}, ${NUMBER})`,
  trash: (owner) =>
    `insert into trash (user_id, id, version, deleted_at)
     values ('${owner}', gen_random_uuid(), ${NUMBER}, now())`,
  replies: (owner) =>
    `insert into replies (user_id, day, key, request, task_id, version, status)
     values ('${owner}', 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), ${NUMBER}, 200)`,
};
const TABLES = Object.keys(INSERT) as readonly ProtectedTable[];

const REMEDIES = [
  '-- the catalogue looks right, so something else lets rows through: compare the schema with a new database',
];

/** By a user who has no account, so that nothing is written. */
const ENTERS: Readonly<Record<Exclude<FunctionName, 'keep_reply' | 'refuse_unnumbered'>, string>> =
  {
    enter_scope: 'select enter_scope($1::uuid)',
    enter_change: 'select enter_change($1::uuid, 1)',
    enter_change_once: 'select enter_change_once($1::uuid, 1, $1::uuid, $1::uuid)',
  };

/**
 * Tries to break the isolation: makes an account with a row of each kind, then looks for rows and writes them
 * without a scope and under another user's. All of it is rolled back.
 * @param client whose session has not had a scope yet
 * @param owner the id of the account; there must be none yet
 */
export async function isolationBreaches(
  client: Client,
  { isDistributed }: Pick<IsolationFacts, 'isDistributed'>,
  owner: string = randomUUID(),
): Promise<readonly Finding[]> {
  const breaches: string[] = [];
  await client.query('begin');
  try {
    // Otherwise Citus looks through all shards at once, and then writes to no table that every node has.
    await client.query(`set local citus.multi_shard_modify_mode = 'sequential'`);
    // PostgreSQL knows a setting that was never set as absent, and one that was as empty.
    for (const table of TABLES) {
      if (await shows(client, table, '')) breaches.push(`a new session sees rows of ${table}`);
    }
    for (const table of TABLES) breaches.push(...(await breachesOf(client, table, owner)));
    const mayNeedNumber = breaches.length === 0 && !isDistributed;
    if (mayNeedNumber && !(await needsNumber(client, owner))) {
      breaches.push('tasks can be written without a number of the feed');
    }
  } finally {
    await client.query('rollback');
  }
  if (await keepsScope(client)) breaches.push('a scope outlives its transaction');
  return breaches.map((what) => ({ what, remedies: REMEDIES }));
}

/**
 * The proof without writes: looks for rows of any user without a scope, and under the scope of a
 * user without rows.
 * @param client whose session has not had a scope yet
 */
export async function foreignRowsFindings(client: Client): Promise<readonly Finding[]> {
  const breaches: string[] = [];
  const scopes = { 'a new session': '', "another user's scope": randomUUID() };
  await client.query('begin');
  try {
    for (const [whose, scope] of Object.entries(scopes)) {
      if (scope !== '') await client.query(ENTERS.enter_scope, [scope]);
      for (const table of TABLES) {
        if (await shows(client, table, scope)) breaches.push(`${whose} sees rows of ${table}`);
      }
    }
  } finally {
    await client.query('rollback');
  }
  return breaches.map((what) => ({ what, remedies: REMEDIES }));
}

async function breachesOf(
  client: Client,
  table: ProtectedTable,
  owner: string,
): Promise<readonly string[]> {
  await enter(client, owner);
  if (!(await accepts(client, table, owner))) return [`users cannot write their own ${table}`];

  const breaches: string[] = [];
  const strangers = { 'a session without a scope': '', "another user's scope": randomUUID() };
  for (const [stranger, scope] of Object.entries(strangers)) {
    await enter(client, scope);
    if (await shows(client, table, scope)) breaches.push(`${stranger} sees rows of ${table}`);
    if (await accepts(client, table, owner)) breaches.push(`${stranger} can write to ${table}`);
  }
  return breaches;
}

async function needsNumber(client: Client, owner: string): Promise<boolean> {
  await enter(client, owner, '');
  return !(await accepts(client, 'tasks', owner, 'read_only_sql_transaction'));
}

/** In the form that Citus passes to its workers, with any scope or none. */
async function enter(client: Client, scope: string, number = String(NUMBER)): Promise<void> {
  await client.query(`
    set local citus.propagate_set_commands = 'local';
    set local ${SCOPE_SETTING} = '${scope}';
    set local app.change = '${number}'`);
}

async function shows(client: Client, table: ProtectedTable, scope: string): Promise<boolean> {
  const foreign = `select from ${table} where ${OWNER_COLUMN[table]}::text <> $1 limit 1`;
  const { rows } = await client.query(foreign, [scope]);
  return rows.length > 0;
}

/**
 * Whether row-level security admits a row of this owner; PostgreSQL checks it before the keys.
 * PostgreSQL itself catches the refusal: it is expected, and the log would otherwise show errors at
 * every start.
 */
async function accepts(
  client: Client,
  table: ProtectedTable,
  owner: string,
  refusal: 'insufficient_privilege' | 'read_only_sql_transaction' = 'insufficient_privilege',
): Promise<boolean> {
  await client.query(
    `do $$
     begin
       ${INSERT[table](owner)};
       perform set_config('${OUTCOME_SETTING}', 'accepted', true);
     exception
       when ${refusal} then
         perform set_config('${OUTCOME_SETTING}', 'refused', true);
       when unique_violation or foreign_key_violation then
         perform set_config('${OUTCOME_SETTING}', 'accepted', true);
     end $$`,
  );
  const { rows } = await client.query<{ outcome: string }>(
    `select current_setting('${OUTCOME_SETTING}') as outcome`,
  );
  return rows[0]?.outcome === 'accepted';
}

/** Whether settings that the functions make for a transaction stay on the session. */
async function keepsScope(client: Client): Promise<boolean> {
  for (const enter of Object.values(ENTERS)) {
    await client.query('begin');
    await client.query(enter, [randomUUID()]);
    await client.query('commit');
  }
  const { rowCount } = await client.query(
    `select from unnest($1::text[]) name where coalesce(current_setting(name, true), '') <> ''`,
    [Object.keys(UNSET)],
  );
  return rowCount !== 0;
}
