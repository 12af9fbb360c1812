import type { ConnectionSettings } from '../session/connection-settings';
import { openOwnerSession } from './owner-session';

/** Lets the planner know what a bulk load has changed, rather than leave that to autovacuum. */
export async function analyze(owner: ConnectionSettings): Promise<void> {
  const client = await openOwnerSession(owner, 'analyze');
  try {
    await client.query('analyze users, tasks');
  } finally {
    await client.end();
  }
}
