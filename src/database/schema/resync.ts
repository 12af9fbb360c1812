import type { Client } from 'pg';
import { EVERYBODY, announceChanges } from '../notifications/change-channel';
import type { ConnectionSettings } from '../session/connection-settings';
import { type Patience, untilUnlocked } from '../online-migrations/lock-patience';
import { openOwnerSession } from './owner-session';

/**
 * What belongs to one timeline of a database: the numbers that clients follow, and the replies to requests
 * that may come again. After a restore they would say something of a time that did not happen.
 */
export const TABLES_OF_A_TIMELINE: readonly string[] = ['feeds', 'replies'];

/** Writes queue behind the lock of a table, so each attempt is short. */
const LOCK_TIMEOUT_MS = 200;
const PATIENCE: Patience = { pauseMs: 500, totalMs: 60_000 };

/**
 * Refuses every sync token from now on, while servers serve: a token is of the feed that it was taken
 * from.
 * @returns false where the migrations have not made the tables
 * @throws the driver's error, also where somebody holds a lock for a minute
 */
export async function resync(owner: ConnectionSettings): Promise<boolean> {
  const client = await openOwnerSession(owner, 'resync');
  try {
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const isDone = await untilUnlocked(() => beginNewTimeline(client), PATIENCE);
    if (isDone) await announceChanges([EVERYBODY], (text, values) => client.query(text, values));
    return isDone;
  } finally {
    await client.end();
  }
}

/** Not by DELETE: row-level security is forced upon the owner, who would see no row. */
export async function beginNewTimeline(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ missing: number }>(
    'select count(*)::int as missing from unnest($1::text[]) name where to_regclass(name) is null',
    [TABLES_OF_A_TIMELINE],
  );
  if (rows[0]?.missing !== 0) return false;
  await client.query(`truncate ${TABLES_OF_A_TIMELINE.join(', ')}`);
  return true;
}
