import type { CompiledStatement } from '../compiled-statement';
import type { DatabaseWaits } from '../limits';
import type { ScopeMode } from '../batch/scope-statements';

/**
 * A statement on a lane reads few rows by a primary key, in its order
 * (test/integration/database/plans.spec.ts). So it is planned once, not at each execution, and no
 * statistics may make the planner read all rows of a user. Everybody on a lane waits for a slow
 * statement, so it has less time than elsewhere.
 *
 * Citus, for which explicit transactions are, has no generic plan for a statement that reads from a
 * subquery, and may crash where it looks for one.
 */
const laneSettings = (
  { forLaneStatement, forLaneLock }: DatabaseWaits,
  mode: ScopeMode,
): Record<string, string> => ({
  plan_cache_mode: mode === 'implicit' ? 'force_generic_plan' : 'force_custom_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_sort: 'off',
  statement_timeout: String(forLaneStatement),
  lock_timeout: String(forLaneLock),
});

/** SQL that sets them for the session. */
export function setSettings(waits: DatabaseWaits, mode: ScopeMode): string {
  return Object.entries(laneSettings(waits, mode))
    .map(([name, value]) => `set ${name} = ${value};`)
    .join(' ');
}

/** The same for one transaction, as a statement of its batch. */
export function localSettings(waits: DatabaseWaits, mode: ScopeMode): CompiledStatement {
  const calls = Object.entries(laneSettings(waits, mode)).map(
    ([name, value]) => `pg_catalog.set_config('${name}', '${value}', true)`,
  );
  return { name: 'lane_settings', text: `select ${calls.join(', ')}` };
}
