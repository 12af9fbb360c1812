import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

const WAIT_MS = 500;
const POLL_MS = 10;

/** Sessions of owners and would-be owners end with the server; their end is not logged. */
const OTHERS = `
  select from pg_stat_activity
  where backend_type = 'client backend' and application_name not like 'task-api owner%'
  limit 1`;

/**
 * Waits a moment for sessions that have been closed just now. PostgreSQL would cut those whose end
 * it has not seen yet, each with an error in its log; it does cut those that stay open.
 * @param ready when the session has answered what it was asked before
 */
export async function lastSessionsEnd(session: Client, ready: Promise<unknown>): Promise<void> {
  const waited = new AbortController();
  const timeOut = sleep(WAIT_MS, undefined, { signal: waited.signal }).catch(() => undefined);
  const ended = async () => {
    await ready;
    while (!waited.signal.aborted && (await session.query(OTHERS)).rows.length > 0) {
      await sleep(POLL_MS);
    }
  };
  await Promise.race([ended().catch(() => undefined), timeOut]);
  waited.abort();
}
