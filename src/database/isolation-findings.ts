import { escapeIdentifier } from 'pg';
import { SESSION_SETTINGS } from './database-session';
import {
  type IsolationFacts,
  OWNER_COLUMN,
  type ProtectedTable,
  type TableFacts,
} from './isolation-facts';

/** A reason why the API must not serve from this database, and the SQL that removes it. */
export interface Finding {
  readonly what: string;
  readonly remedies: readonly string[];
}

/** Judges the catalogue's facts: what would let a session of the API reach past its scope. */
export function findingsOf(facts: IsolationFacts): readonly Finding[] {
  return [...roleFindings(facts), ...rowSecurityFindings(facts)];
}

/** About the session: its powers, its role and its settings. */
export function roleFindings(facts: IsolationFacts): readonly Finding[] {
  return [...powerFindings(facts), ...membershipFindings(facts), ...settingFindings(facts)];
}

/** About the tables: whether rows are protected, by one policy, and within reach. */
export function rowSecurityFindings({ tables }: IsolationFacts): readonly Finding[] {
  return tables.flatMap((table) => tableFindings(table));
}

/** The one policy that a table has, as SQL that restores it. */
export function policyRemedies(
  table: ProtectedTable,
  policies: readonly string[],
): readonly string[] {
  const owned = `(${OWNER_COLUMN[table]} = nullif(current_setting('app.user_id', true), '')::uuid)`;
  return [
    ...policies.map((policy) => `drop policy ${escapeIdentifier(policy)} on ${table};`),
    `create policy own_${table} on ${table} to task_api using ${owned} with check ${owned};`,
  ];
}

function powerFindings({ user, superuser, bypassrls, tables }: IsolationFacts): Finding[] {
  const owned = tables.filter((table) => table.owned).map(({ name }) => name);
  const powers = [
    ...(superuser ? ['is a superuser'] : []),
    ...(bypassrls ? ['has BYPASSRLS'] : []),
    ...(owned.length > 0 && !superuser ? [`owns ${owned.join(' and ')}`] : []),
  ];
  const remedies = [
    "create role task_api_login login password '…' in role task_api;  -- and name it in DATABASE_URL",
    ...settingRemedies('task_api_login'),
  ];
  return powers.map((power) => ({ what: `${user} ${power}`, remedies }));
}

function membershipFindings({ login, user, member, enters }: IsolationFacts): Finding[] {
  if (!member) {
    const remedies = [`grant task_api to ${escapeIdentifier(login)};`];
    return [{ what: `${login} is not a member of task_api`, remedies }];
  }
  if (enters) return [];
  const remedies = ['grant execute on function enter_scope(uuid) to task_api;'];
  return [{ what: `${user} may not call enter_scope`, remedies }];
}

/** Where a session cannot bring the settings along (behind a pooler), its login has to. */
function settingFindings(facts: IsolationFacts): Finding[] {
  const faults = [
    ...(facts.timezone === 'UTC' ? [] : [`the time zone is ${facts.timezone}, not UTC`]),
    ...(facts.statement_timeout === '0' ? ['statements have no time-out'] : []),
    ...(facts.lock_timeout === '0' ? ['waiting for a lock has no time-out'] : []),
  ];
  const remedies = settingRemedies(facts.login);
  return faults.map((what) => ({ what: `in a session of ${facts.login} ${what}`, remedies }));
}

function settingRemedies(login: string): string[] {
  return Object.entries(SESSION_SETTINGS)
    .filter(([setting]) => setting !== 'role')
    .map(
      ([setting, value]) => `alter role ${escapeIdentifier(login)} set ${setting} = '${value}';`,
    );
}

function tableFindings({ name, ...facts }: TableFacts): Finding[] {
  const { isProtected, missing, policies, uniform } = facts;
  const findings: Finding[] = [];
  if (!isProtected) {
    const what = `row-level security of ${name} is not enabled and forced`;
    const remedies = [`alter table ${name} enable row level security, force row level security;`];
    findings.push({ what, remedies });
  }
  if (missing.length > 0) {
    const rights = missing.join(', ');
    const remedies = [`grant ${rights} on ${name} to task_api;`];
    findings.push({ what: `task_api may not ${rights} on ${name}`, remedies });
  }
  if (policies.length !== 1 || !uniform) {
    const what = `${name} must have one policy for task_api, the same for every command, and has ${
      policies.join(', ') || 'none'
    }`;
    findings.push({ what, remedies: policyRemedies(name, policies) });
  }
  return findings;
}
