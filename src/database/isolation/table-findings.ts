import { escapeIdentifier } from 'pg';
import type { Finding } from '../finding';
import type { IsolationFacts } from './isolation-facts';
import {
  isProtected,
  type NarrowingPolicy,
  narrowingPolicies,
  OWNER_COLUMN,
  ownPolicy,
  type ProtectedTable,
  RIGHTS,
} from './isolation-plan';
import type { Policy, TableFacts } from './table-facts';

/** About the tables: whether rows are protected, by the one policy, and by no way around it. */
export function tableFindings({
  user,
  powers,
  tables,
  detours,
  isDistributed,
}: IsolationFacts): readonly Finding[] {
  const isSuperuser = powers.includes('SUPERUSER');
  const users = tables.find(({ name }) => name === 'users');
  return [
    ...tables.flatMap((table) => [
      ...rowSecurityFindings(table, isDistributed),
      // The owner of a table holds every right on it, which is a separate finding.
      ...(isSuperuser || table.owned ? [] : rightFindings(user, table)),
      ...table.attachments.map(({ what, remedy }) => ({
        what: `${what} runs with the statements on ${table.name}`,
        remedies: [remedy],
      })),
      ...(table.cascades || users === undefined ? [] : [cascadeFinding(table, users)]),
    ]),
    ...(isSuperuser ? [] : detours).map(({ sql, grantees }) => ({
      what: `${user} has rights on ${sql}, which no policy protects`,
      remedies: [`revoke all on ${sql} from ${grantees.join(', ')};`],
    })),
  ];
}

/** The policies that a table has, as SQL that restores them. */
function policyRemedies(
  { name, sql, policies }: Pick<TableFacts, 'sql' | 'policies'> & { readonly name: ProtectedTable },
  narrowing: readonly NarrowingPolicy[],
): readonly string[] {
  const owned = `(${OWNER_COLUMN[name]} = nullif(current_setting('app.user_id', true), '')::uuid)`;
  return [
    ...policies.map((policy) => `drop policy ${escapeIdentifier(policy.name)} on ${sql};`),
    `create policy own_${name} on ${sql} to task_api using ${owned} with check ${owned};`,
    ...narrowing.map(
      ({ name: policy, command, using, check }) =>
        `create policy ${policy} on ${sql} as restrictive for ${command} to task_api` +
        `${using === null ? '' : ` using (${using})`}${check === null ? '' : ` with check ${check}`};`,
    ),
  ];
}

function rowSecurityFindings({ name, ...facts }: TableFacts, isDistributed: boolean): Finding[] {
  if (!isProtected(name)) return [];
  const { sql, policies } = facts;
  const findings: Finding[] = [];
  if (!facts.isProtected) {
    const what = `row-level security of ${name} is not enabled and forced`;
    const remedies = [`alter table ${sql} enable row level security, force row level security;`];
    findings.push({ what, remedies });
  }
  const narrowing = narrowingPolicies(name, { schema: schemaAsPrinted(sql), isDistributed });
  const isPlanned = (policy: Policy): boolean =>
    isOwn(policy, name) || narrowing.some((planned) => isSame(policy, planned));
  const others = policies.filter((policy) => !isPlanned(policy));
  if (policies.length !== 1 + narrowing.length || others.length > 0) {
    const found = policies.map((policy) =>
      isPlanned(policy) ? policy.name : `${policy.name} (${describe(policy)})`,
    );
    const planned = [
      'one policy for task_api, the same for every command',
      ...narrowing.map((policy) => policy.name),
    ];
    const what = `${name} must have ${planned.join(', ')}, and has ${found.join(', ') || 'none'}`;
    findings.push({ what, remedies: policyRemedies({ name, sql, policies }, narrowing) });
  }
  return findings;
}

function isOwn({ isRestrictive, command, using, check }: Policy, table: ProtectedTable): boolean {
  const own = ownPolicy(table);
  return !isRestrictive && command === 'all' && using === own && (check ?? using) === own;
}

function isSame(policy: Policy, { command, using, check }: NarrowingPolicy): boolean {
  const { isRestrictive } = policy;
  return (
    isRestrictive && policy.command === command && policy.using === using && policy.check === check
  );
}

/** PostgreSQL quotes a schema only where it must. @param table with its schema, as PostgreSQL prints it */
function schemaAsPrinted(table: string): string {
  return table.slice(0, table.lastIndexOf('.'));
}

function describe({ using, check }: Policy): string {
  return [using && `using ${using}`, check && check !== using && `with check ${check}`]
    .filter(Boolean)
    .join(' ');
}

function rightFindings(user: string, { name, sql, rights, grants }: TableFacts): Finding[] {
  const needed: readonly string[] = RIGHTS[name];
  const missing = needed.filter((right) => !rights.includes(right));
  const extra = grants.filter(({ right }) => !needed.includes(right));
  const grantable = grants.filter((grant) => grant.grantable && needed.includes(grant.right));
  return [
    ...(missing.length === 0
      ? []
      : [
          {
            what: `task_api may not ${missing.join(', ')} on ${name}`,
            remedies: [`grant ${missing.join(', ')} on ${sql} to task_api;`],
          },
        ]),
    ...extra.map(({ right, grantees }) => ({
      what: `${user} may ${right} on ${name}, which it never needs`,
      remedies: [`revoke ${right} on ${sql} from ${grantees.join(', ')};`],
    })),
    ...grantable.map(({ right, grantees }) => ({
      what: `${user} may pass on its right to ${right} on ${name}`,
      remedies: [`revoke grant option for ${right} on ${sql} from ${grantees.join(', ')};`],
    })),
  ];
}

function cascadeFinding({ name, sql }: TableFacts, users: TableFacts): Finding {
  const key = `fk_${name}_user_id`;
  return {
    what: `the ${name} of a deleted account would stay: the foreign key of ${name} is missing, or switched off`,
    remedies: [
      `alter table ${sql} drop constraint if exists ${key}, add constraint ${key}` +
        ` foreign key (user_id) references ${users.sql} (${OWNER_COLUMN.users}) on delete cascade;`,
    ],
  };
}
