import { escapeIdentifier } from 'pg';
import type { Finding } from '../finding';
import type { ClusterNode } from './cluster-facts';
import type { Grant, NodeReport, RelationReport } from './node-reports';
import { nameOf } from './shard-map';

/** Whether rights on the database or on functions differ on some node. */
export function rightsDiffer(
  reports: readonly NodeReport[],
  nodes: readonly ClusterNode[],
): boolean {
  const expected = JSON.stringify(ofCoordinator(reports, nodes)?.rights);
  return reports.some(({ rights }) => JSON.stringify(rights) !== expected);
}

/** Where a shard, or a node's definition of a table, does not protect rows like the coordinator. */
export function shardFindings(
  reports: readonly NodeReport[],
  nodes: readonly ClusterNode[],
): readonly Finding[] {
  const tables = new Map(
    ofCoordinator(reports, nodes)
      ?.relations.filter(({ table, name }) => table === name)
      .map((table) => [table.name, table]),
  );
  const findings = reports.flatMap(({ nodeId, relations }) => {
    const node = nodes.find(({ id }) => id === nodeId);
    return relations.flatMap((relation) => {
      const table = tables.get(relation.table);
      const where = node === undefined ? '' : ` on ${nameOf(node)}`;
      return table === undefined ? [] : differences(relation, table, where);
    });
  });
  return merged(findings);
}

/** A table has many shards, and most often something is wrong with all of them: the first one stands for them. */
function merged(findings: readonly Finding[]): readonly Finding[] {
  const alike = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = finding.remedies.join();
    alike.set(key, [...(alike.get(key) ?? []), finding]);
  }
  return Array.from(alike.values(), ([first, ...others]) => {
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return { remedies: [], ...first, what: `${first?.what ?? ''}${more}` };
  });
}

function differences(relation: RelationReport, table: RelationReport, where: string): Finding[] {
  const { name } = relation;
  const sql = escapeIdentifier(table.name);
  const findings: Finding[] = [];
  if (relation.isProtected !== table.isProtected) {
    findings.push({
      what: `row-level security of ${name}${where} is not enabled and forced`,
      remedies: [`alter table ${sql} enable row level security, force row level security;`],
    });
  }
  if (relation.policies !== table.policies) {
    findings.push({
      what: `${name}${where} has other policies than ${table.name}`,
      remedies: [
        `-- as a superuser on that node, after set citus.enable_manual_changes_to_shards = on; give the shard the policies of ${table.name} in pg_policies`,
      ],
    });
  }
  const remedies = grantsThatMend(relation, table);
  if (remedies.length > 0) {
    findings.push({ what: `${name}${where} has other grants than ${table.name}`, remedies });
  }
  return findings;
}

/** Citus passes them on to each shard. */
function grantsThatMend(relation: RelationReport, table: RelationReport): readonly string[] {
  const sql = escapeIdentifier(table.name);
  const isIn = (grants: readonly Grant[], one: Grant): boolean =>
    grants.some(
      ({ privileges, grantee }) => privileges === one.privileges && grantee === one.grantee,
    );
  const extra = relation.rights.filter((grant) => !isIn(table.rights, grant));
  const missing = table.rights.filter((grant) => !isIn(relation.rights, grant));
  return [
    ...extra.map(({ grantee }) => `revoke all on ${sql} from ${grantee};`),
    ...missing.map(({ privileges, grantee }) => `grant ${privileges} on ${sql} to ${grantee};`),
  ];
}

function ofCoordinator(
  reports: readonly NodeReport[],
  nodes: readonly ClusterNode[],
): NodeReport | undefined {
  const coordinator = nodes.find(({ isCoordinator }) => isCoordinator);
  return reports.find(({ nodeId }) => nodeId === coordinator?.id);
}
