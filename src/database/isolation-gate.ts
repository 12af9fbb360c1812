import { Client, escapeIdentifier } from 'pg';
import type { ClientConfig } from 'pg';
import { sqlState } from './database-errors';
import { SESSION_SETTINGS } from './database-session';

/** The database would not keep users apart; the message says what to run as its owner. */
export class IsolationGateError extends Error {
  constructor(findings: readonly string[], remedies: readonly string[]) {
    const lines = [
      'The database does not keep users apart, so the API does not start:',
      ...findings.map((finding) => `  ${finding}`),
      'Run as the owner of the database, or let DATABASE_URL name a login for which it holds:',
      ...remedies.map((remedy) => `  ${remedy}`),
    ];
    super(lines.join('\n'));
    this.name = 'IsolationGateError';
  }
}

interface SessionFacts {
  readonly login: string;
  readonly user: string;
  readonly powerful: boolean;
  readonly confined: boolean;
  readonly owned: readonly string[];
  readonly unprotected: readonly string[];
  readonly timezone: string;
  readonly statement_timeout: string;
  readonly lock_timeout: string;
  readonly visible: boolean;
}

const INSUFFICIENT_PRIVILEGE = '42501';
const NOBODY = '00000000-0000-7000-8000-000000000000';

/**
 * Proves, on a session like those that serve requests, that row-level security holds: the session
 * is confined to the role task_api, sees nothing without a scope, and cannot write for others.
 * @throws IsolationGateError
 */
export async function requireIsolation(session: ClientConfig): Promise<void> {
  const client = new Client(session);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const facts = await inspect(client);
    const findings = [...findingsOf(facts), ...(await findForeignInsert(client))];
    if (findings.length > 0) throw new IsolationGateError(findings, remediesFor(facts));
  } finally {
    await client.end();
  }
}

async function inspect(client: Client): Promise<SessionFacts> {
  const { rows } = await client.query<SessionFacts>(`
    with tables as (
      select * from pg_class where oid in ('tasks'::regclass, 'users'::regclass)
    )
    select session_user as login, current_user as user,
      role.rolsuper or role.rolbypassrls as powerful,
      pg_has_role(current_user, 'task_api', 'usage') as confined,
      array(select relname::text from tables where relowner = role.oid) as owned,
      array(select relname::text from tables
            where not (relrowsecurity and relforcerowsecurity)) as unprotected,
      current_setting('TimeZone') as timezone,
      current_setting('statement_timeout') as statement_timeout,
      current_setting('lock_timeout') as lock_timeout,
      exists (select from tasks) or exists (select from users) as visible
    from pg_roles role where role.rolname = current_user`);
  const [facts] = rows;
  if (facts === undefined) throw new Error('pg_roles does not list the current user');
  return facts;
}

function findingsOf(facts: SessionFacts): readonly string[] {
  const findings: string[] = [];
  const { user } = facts;
  if (facts.powerful) findings.push(`${user} is a superuser or has BYPASSRLS`);
  if (!facts.confined) findings.push(`${user} is not a member of task_api`);
  if (facts.owned.length > 0) findings.push(`${user} owns ${facts.owned.join(', ')}`);
  for (const table of facts.unprotected) {
    findings.push(`row-level security of ${table} is not enabled and forced`);
  }
  if (facts.visible) findings.push('a session without a scope sees rows');
  if (facts.timezone !== 'UTC') findings.push('the time zone of the session is not UTC');
  if (facts.statement_timeout === '0') findings.push('statements have no time-out');
  if (facts.lock_timeout === '0') findings.push('waiting for locks has no time-out');
  return findings;
}

/** A session without a scope must not be able to write anybody's row. */
async function findForeignInsert(client: Client): Promise<readonly string[]> {
  await client.query('begin');
  try {
    await client.query('insert into users (id, created_at) values ($1, now())', [NOBODY]);
    return ["a session without a scope can write another user's row"];
  } catch (error) {
    if (sqlState(error) === INSUFFICIENT_PRIVILEGE) return [];
    throw error;
  } finally {
    await client.query('rollback');
  }
}

function remediesFor({ login, powerful, owned, unprotected }: SessionFacts): readonly string[] {
  const unfit = powerful || owned.length > 0;
  const name = unfit ? 'task_api_login' : login;
  const role = escapeIdentifier(name);
  return [
    ...(unfit ? [`create role ${role} login password '…';  -- and put it into DATABASE_URL`] : []),
    `grant task_api to ${role};`,
    ...settingsOf(role),
    ...unprotected.map(
      (table) => `alter table ${table} enable row level security, force row level security;`,
    ),
  ];
}

function settingsOf(role: string): readonly string[] {
  const { TimeZone, statement_timeout, lock_timeout, jit } = SESSION_SETTINGS;
  const settings = { timezone: TimeZone, statement_timeout, lock_timeout, jit };
  return Object.entries(settings).map(
    ([setting, value]) => `alter role ${role} set ${setting} = '${value}';`,
  );
}
