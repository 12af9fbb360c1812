import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import type { DatabaseSession } from '../session/database-session';
import { checkIsolation } from '../isolation/isolation-gate';
import { foreignRowsFindings } from '../isolation/isolation-canary';
import { REPLICA_LAG_MS } from '../limits';
import type { ScopeMode } from '../batch/scope-statements';
import { withClient } from '../session/client';

const LAG_POLL_MS = 50;

/** Which database it is: replicas have that of their primary. */
const IDENTITY = `(
    select system_identifier || '/' || pg_database.oid
    from pg_control_system(), pg_database
    where datname = current_database()
  ) as identity`;
export const PLACE_OF_PRIMARY = `select ${IDENTITY}, pg_current_wal_lsn() as position`;
const FACTS_OF_REPLICA = `select ${IDENTITY}, pg_is_in_recovery() as "isReplica"`;
const HAS_REACHED = 'select pg_last_wal_replay_lsn() >= $1::pg_lsn as reached';

/** Where the primary is in its write-ahead log. */
export interface Place {
  readonly identity: string;
  readonly position: string;
}

export async function placeOfPrimary(source: DataSource): Promise<Place> {
  const [place] = await source.query<Place[]>(PLACE_OF_PRIMARY);
  if (place === undefined) throw new Error('The primary has no place');
  return place;
}

/** Why a replica is not used. */
export interface ReplicaFault {
  readonly reason: string;
  readonly error?: unknown;
}

/**
 * Checks a replica: whether it belongs to this database, isolates users, and keeps up with the
 * primary.
 * @param primary its place a moment ago
 * @param scope DATABASE_SCOPE; undefined where the isolation was checked not long ago
 * @returns undefined where reads may run there
 */
export async function faultOfReplica(
  { config }: DatabaseSession,
  primary: Place,
  scope: ScopeMode | undefined,
): Promise<ReplicaFault | undefined> {
  return withClient({ ...config, query_timeout: REPLICA_LAG_MS }, async (client) => {
    const { rows } = await client.query<{ identity: string; isReplica: boolean }>(FACTS_OF_REPLICA);
    if (rows[0]?.identity !== primary.identity) return { reason: 'it has another database' };
    if (!rows[0].isReplica) return { reason: 'it is no replica: it takes writes itself' };
    if (scope !== undefined) {
      const findings = await checkIsolation(config, scope);
      const found = findings.length > 0 ? findings : await foreignRowsFindings(client);
      if (found.length > 0) {
        return { reason: `it does not isolate users: ${found.map(({ what }) => what).join('; ')}` };
      }
    }
    return (await reaches(client, primary.position))
      ? undefined
      : { reason: `it is more than ${REPLICA_LAG_MS / 1_000} s behind the primary` };
  });
}

async function reaches(client: Client, position: string): Promise<boolean> {
  const until = performance.now() + REPLICA_LAG_MS;
  for (;;) {
    const { rows } = await client.query<{ reached: boolean }>(HAS_REACHED, [position]);
    if (rows[0]?.reached === true) return true;
    if (performance.now() > until) return false;
    await sleep(LAG_POLL_MS);
  }
}
