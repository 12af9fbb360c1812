import type { Env } from '../../config/env';
import { type ConnectionSettings, connectionSettings } from '../session/connection-settings';

/** How to reach each replica. Its schema is that of the primary. */
export function replicaSettings({
  url = '',
  replicaUrls,
}: Env['database']): readonly ConnectionSettings[] {
  const { schema } = connectionSettings(url);
  return replicaUrls.map((replicaUrl) => ({
    ...connectionSettings(replicaUrl),
    ...(schema !== undefined && { schema }),
  }));
}

/** How many of each kind a process opens there: of the lanes as many as carry reads of the primary. */
export function connectionsAtReplica({ lanes, pool }: Env['database']): {
  readonly lanes: number;
  readonly pool: number;
} {
  return { lanes: Math.ceil(lanes / 2), pool: pool - 1 };
}
