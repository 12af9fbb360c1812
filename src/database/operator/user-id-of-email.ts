import type { Client } from 'pg';
import type { ConnectionSettings } from '../session/connection-settings';
import { openOwnerSession } from '../schema/owner-session';
import { type Patience, untilUnlocked } from '../online-migrations/lock-patience';

const PATIENCE: Patience = { pauseMs: 500, totalMs: 30_000 };

/**
 * The user whose account has this address, for the operator alone: no session that serves requests can
 * look past its own user. Row-level security is forced upon an ordinary owner as well. A policy shows
 * the rows to this transaction, which is rolled back: no other session ever sees that policy.
 * @param email in lower case
 * @throws the driver's error
 */
export async function userIdOfEmail(
  owner: ConnectionSettings,
  email: string,
): Promise<string | undefined> {
  const client = await openOwnerSession(owner, 'user');
  try {
    return await untilUnlocked(() => lookUp(client, email), PATIENCE);
  } finally {
    await client.end();
  }
}

async function lookUp(client: Client, email: string): Promise<string | undefined> {
  await client.query('begin');
  try {
    if (await isConfined(client)) {
      // The policy needs the lock of the table for an instant, and requests must not queue behind it.
      await client.query(`set local lock_timeout = '200ms'`);
      await client.query(
        'create policy task_api_operator on users for select to current_user using (true)',
      );
    }
    const { rows } = await client.query<{ id: string }>(
      'select id from users where email = lower($1)',
      [email],
    );
    return rows[0]?.id;
  } finally {
    await client.query('rollback');
  }
}

async function isConfined(client: Client): Promise<boolean> {
  const { rows } = await client.query(
    'select from pg_roles where rolname = current_user and not rolsuper and not rolbypassrls',
  );
  return rows.length > 0;
}
