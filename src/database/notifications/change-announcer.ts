import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { ANSWER_LIMIT_MS, type DatabaseSession } from '../session/database-session';
import { newPool } from '../session/client';
import { ChangeChannel, MOST_USERS_OF_PAYLOAD } from './change-channel';

/** At most this often: NOTIFY holds a lock of the whole database server while it commits. */
const EVERY_MS = 5;
/** How often, and how soon, a failed notification is sent again. */
const ATTEMPTS = 3;
const TRY_AGAIN_MS = 250;
/** Its connection closes when nothing was sent for this long. */
const IDLE_MS = 10_000;

/**
 * Notifies other processes of changed feeds, after the commit and many at a time: inside the
 * writes, each would hold the lock of the queue while it flushes to disk. What cannot be sent is
 * dropped, since watchers also poll.
 */
export class ChangeAnnouncer {
  readonly #pool: Pool;
  readonly #due = new Set<string>();
  #sent = 0;
  #sending: Promise<void> | undefined;

  constructor(
    session: DatabaseSession,
    private readonly channel: ChangeChannel,
  ) {
    this.#pool = newPool({
      ...session.config,
      max: 1,
      idleTimeoutMillis: IDLE_MS,
      query_timeout: ANSWER_LIMIT_MS,
    });
    this.#pool.on('error', () => undefined);
  }

  /** Notifications since the start. */
  get sent(): number {
    return this.#sent;
  }

  announce(userId: string): void {
    this.#due.add(userId);
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  async close(): Promise<void> {
    await this.#sending;
    await this.#pool.end();
  }

  async #send(): Promise<void> {
    // What the present turn of the event loop commits goes together.
    await new Promise(setImmediate);
    let failures = 0;
    while (this.#due.size > 0) {
      const userIds = Array.from(this.#due).slice(0, MOST_USERS_OF_PAYLOAD);
      for (const userId of userIds) this.#due.delete(userId);
      this.#sent += 1;
      try {
        await this.#pool.query(ChangeChannel.NOTIFY, [this.channel.payloadOf(userIds)]);
        failures = 0;
      } catch {
        failures = (failures + 1) % ATTEMPTS;
        if (failures > 0) for (const userId of userIds) this.#due.add(userId);
      }
      await sleep(failures > 0 ? TRY_AGAIN_MS : EVERY_MS);
    }
  }
}
