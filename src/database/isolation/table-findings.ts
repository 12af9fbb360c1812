import { escapeIdentifier } from 'pg';
import type { Finding } from '../finding';
import type { IsolationFacts } from './isolation-facts';
import {
  isProtected,
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
  cascades,
}: IsolationFacts): readonly Finding[] {
  const isSuperuser = powers.includes('SUPERUSER');
  return [
    ...tables.flatMap((table) => [
      ...rowSecurityFindings(table),
      // Who owns a table holds every right on it, which is a finding of its own.
      ...(isSuperuser || table.owned ? [] : rightFindings(user, table)),
      ...table.attachments.map(({ what, remedy }) => ({
        what: `${what} runs with the statements on ${table.name}`,
        remedies: [remedy],
      })),
    ]),
    ...(isSuperuser ? [] : detours).map(({ sql, grantees }) => ({
      what: `${user} has rights on ${sql}, which no policy protects`,
      remedies: [`revoke all on ${sql} from ${grantees.join(', ')};`],
    })),
    ...(cascades ? [] : [cascadeFinding(tables)]),
  ];
}

/** The one policy that a table has, as SQL that restores it. */
export function policyRemedies({
  name,
  sql,
  policies,
}: Pick<TableFacts, 'sql' | 'policies'> & { readonly name: ProtectedTable }): readonly string[] {
  const owned = `(${OWNER_COLUMN[name]} = nullif(current_setting('app.user_id', true), '')::uuid)`;
  return [
    ...policies.map((policy) => `drop policy ${escapeIdentifier(policy.name)} on ${sql};`),
    `create policy own_${name} on ${sql} to task_api using ${owned} with check ${owned};`,
  ];
}

function rowSecurityFindings({ name, ...facts }: TableFacts): Finding[] {
  if (!isProtected(name)) return [];
  const { sql, policies } = facts;
  const findings: Finding[] = [];
  if (!facts.isProtected) {
    const what = `row-level security of ${name} is not enabled and forced`;
    const remedies = [`alter table ${sql} enable row level security, force row level security;`];
    findings.push({ what, remedies });
  }
  const others = policies.filter((policy) => !isOwn(policy, name));
  if (policies.length !== 1 || others.length > 0) {
    const found = policies.map((policy) =>
      isOwn(policy, name) ? policy.name : `${policy.name} (${describe(policy)})`,
    );
    const what = `${name} must have one policy for task_api, the same for every command, and has ${
      found.join(', ') || 'none'
    }`;
    findings.push({ what, remedies: policyRemedies({ name, sql, policies }) });
  }
  return findings;
}

function isOwn({ isWhole, using, check }: Policy, table: ProtectedTable): boolean {
  const own = ownPolicy(table);
  return isWhole && using === own && (check ?? using) === own;
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

function cascadeFinding(tables: readonly TableFacts[]): Finding {
  const { tasks, users } = Object.fromEntries(tables.map(({ name, sql }) => [name, sql]));
  return {
    what: 'the tasks of a deleted account would stay: the foreign key of tasks is missing, or switched off',
    remedies: [
      `alter table ${tasks} drop constraint if exists fk_tasks_user_id, add constraint fk_tasks_user_id` +
        ` foreign key (${OWNER_COLUMN.tasks}) references ${users} (${OWNER_COLUMN.users}) on delete cascade;`,
    ],
  };
}
