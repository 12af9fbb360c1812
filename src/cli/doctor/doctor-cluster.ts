import type { Env } from '../../config/env';
import { isInPlace } from '../../database/citus/distribution';
import type { ClusterState } from '../../database/citus/examine-cluster';
import { type Check, fail, findingsCheck, ok, warn } from './doctor-check';

const NAME = 'citus';
const DISTRIBUTE = 'npm run cli -- distribute';

/** Judges the facts about a database with Citus. */
export function clusterCheck(
  { facts, findings, rightsDiffer }: ClusterState,
  { scope }: Pick<Env['database'], 'scope'>,
): Check {
  const { version, nodes, tables } = facts;
  const local = tables.filter(({ kind }) => kind === 'local').map(({ name }) => name);
  if (local.length === tables.length) {
    return warn(NAME, `Citus ${version}, and no table is distributed`, DISTRIBUTE);
  }
  if (scope === 'implicit') {
    return fail(
      NAME,
      `Citus ${version}: the scope of a user does not reach the workers`,
      'set DATABASE_SCOPE=transaction',
    );
  }
  if (findings.length > 0) return findingsCheck(NAME, findings);
  if (local.length > 0) return fail(NAME, `not distributed: ${local.join(', ')}`, DISTRIBUTE);
  if (rightsDiffer) {
    const found = 'some node gives other rights on the database or functions than the coordinator';
    return warn(NAME, found, DISTRIBUTE);
  }
  const holding = nodes.filter(({ holdsShards }) => holdsShards).length;
  const byUser = tables.filter((table) => table.kind === 'hash' && isInPlace(table, tables));
  return ok(
    NAME,
    `Citus ${version}: ${byUser.map(({ name }) => name).join(', ')} by user, on ${holding} node${holding === 1 ? '' : 's'}`,
  );
}
