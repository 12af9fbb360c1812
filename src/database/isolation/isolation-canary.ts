import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { Finding } from '../finding';
import { OWNER_COLUMN, type ProtectedTable, SCOPE_SETTING } from './isolation-plan';

const OUTCOME_SETTING = 'task_api.canary';

/** As if `enter_change` had taken it, so that only the owner decides whether a row may be written. */
const NUMBER = 1;

/** By an owner, which is a UUID of ours. */
const INSERT: Readonly<Record<ProtectedTable, (owner: string) => string>> = {
  users: (owner) => `insert into users (id, created_at) values ('${owner}', now())`,
  tasks: (owner) =>
    `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
     values ('${owner}', gen_random_uuid(), 'canary', false, ${NUMBER}, now(), now())`,
};
const TABLES = Object.keys(INSERT) as readonly ProtectedTable[];

const REMEDIES = [
  '-- the catalogue looks right, so something else lets rows through: compare the schema with a new database',
];

/**
 * Tries to break the isolation: makes an account with a task, then looks for rows and writes them
 * without a scope and under another user's. All of it is rolled back.
 * @param client whose session has not had a scope yet
 */
export async function isolationBreaches(client: Client): Promise<readonly Finding[]> {
  const owner = randomUUID();
  const breaches: string[] = [];
  await client.query('begin');
  try {
    // PostgreSQL knows a setting that was never set as absent, and one that was as empty.
    for (const table of TABLES) {
      if (await shows(client, table, '')) breaches.push(`a new session sees rows of ${table}`);
    }
    for (const table of TABLES) breaches.push(...(await breachesOf(client, table, owner)));
  } finally {
    await client.query('rollback');
  }
  if (await keepsScope(client, owner)) breaches.push('a scope outlives its transaction');
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
    // An account is its own owner, so only one that is not there yet can be written.
    const victim = table === 'users' ? randomUUID() : owner;
    if (await accepts(client, table, victim)) breaches.push(`${stranger} can write to ${table}`);
  }
  return breaches;
}

async function enter(client: Client, scope: string): Promise<void> {
  await client.query(
    `select set_config('${SCOPE_SETTING}', $1, true), set_config('app.change', '${NUMBER}', true)`,
    [scope],
  );
}

async function shows(client: Client, table: ProtectedTable, scope: string): Promise<boolean> {
  const foreign = `select from ${table} where ${OWNER_COLUMN[table]}::text <> $1 limit 1`;
  const { rows } = await client.query(foreign, [scope]);
  return rows.length > 0;
}

/**
 * Whether row-level security lets a row of this owner in. PostgreSQL itself catches the refusal: it is
 * what is expected, and would stand in the log as four errors of every start.
 */
async function accepts(client: Client, table: ProtectedTable, owner: string): Promise<boolean> {
  await client.query(
    `do $$
     begin
       ${INSERT[table](owner)};
       perform set_config('${OUTCOME_SETTING}', 'accepted', true);
     exception when insufficient_privilege then
       perform set_config('${OUTCOME_SETTING}', 'refused', true);
     end $$`,
  );
  const { rows } = await client.query<{ outcome: string }>(
    `select current_setting('${OUTCOME_SETTING}') as outcome`,
  );
  return rows[0]?.outcome === 'accepted';
}

/** Whether `enter_scope` of explicit transactions leaves the scope on the session. */
async function keepsScope(client: Client, owner: string): Promise<boolean> {
  await client.query('begin transaction read only');
  await client.query('select enter_scope($1::uuid)', [owner]);
  await client.query('commit');
  const { rows } = await client.query<{ kept: boolean }>(
    `select coalesce(current_setting('${SCOPE_SETTING}', true), '') <> '' as kept`,
  );
  return rows[0]?.kept === true;
}
