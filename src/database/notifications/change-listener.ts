import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER_LIMIT_MS, type DatabaseSession } from '../session/database-session';
import { newClient } from '../session/client';
import { ChangeChannel } from './change-channel';

const REOPEN_FIRST_MS = 100;
const REOPEN_MOST_MS = 5_000;
/** How often the connection is tested: one that was cut on the way does not report it. */
const TRY_EVERY_MS = 25_000;
/** How long it stays open for streams that come back. */
const LINGER_MS = 30_000;

export interface ChangeHandlers {
  /** Other processes have changed the feeds of these users. */
  readonly onHeard: (userIds: readonly string[]) => void;
  /** Changes are received from now on; earlier ones may have been missed. */
  readonly onListening: () => void;
}

/**
 * Listens for feeds that other processes have changed, on a separate connection, while there are
 * streams. Otherwise there is no connection, and the database may sleep.
 */
export class ChangeListener {
  #wanted: AbortController | undefined;
  #rest: NodeJS.Timeout | undefined;
  #isListening = false;

  constructor(
    private readonly session: DatabaseSession,
    private readonly channel: ChangeChannel,
  ) {}

  /**
   * Whether it can receive anything: a pooler lends a server for a transaction, and accepts LISTEN
   * silently.
   */
  get isPossible(): boolean {
    return this.session.isDirect;
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** Opens the connection, and opens it again whenever it is lost. */
  listen(handlers: ChangeHandlers): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    if (!this.isPossible || this.#wanted !== undefined) return;
    this.#wanted = new AbortController();
    void this.#keepOpen(handlers, this.#wanted.signal);
  }

  /** There are no streams any more. */
  rest(): void {
    this.#rest ??= setTimeout(() => {
      this.close();
    }, LINGER_MS).unref();
  }

  close(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#wanted?.abort();
    this.#wanted = undefined;
  }

  async #keepOpen(handlers: ChangeHandlers, closed: AbortSignal): Promise<void> {
    let pauseMs = REOPEN_FIRST_MS;
    while (!closed.aborted) {
      const hasListened = await this.#hear(handlers, closed);
      pauseMs = hasListened ? REOPEN_FIRST_MS : Math.min(2 * pauseMs, REOPEN_MOST_MS);
      await sleep(pauseMs, undefined, { signal: closed, ref: false }).catch(() => undefined);
    }
  }

  /** Fulfils when the connection is lost. @returns whether it has listened */
  async #hear({ onHeard, onListening }: ChangeHandlers, closed: AbortSignal): Promise<boolean> {
    const socket = new Socket();
    const cut = (): void => void socket.destroy();
    const client = newClient({
      ...this.session.config,
      query_timeout: ANSWER_LIMIT_MS,
      stream: () => socket,
    });
    const lost = new Promise<void>((resolve) => client.once('end', resolve));
    client.on('notification', ({ payload }) => {
      onHeard(this.channel.usersOf(payload));
    });
    closed.addEventListener('abort', cut);
    let trying: NodeJS.Timeout | undefined;
    try {
      await client.connect();
      await client.query(`listen ${ChangeChannel.NAME}`);
      this.#isListening = true;
      onListening();
      trying = setInterval(() => {
        client.query('select').catch(cut);
      }, TRY_EVERY_MS).unref();
      await lost;
      return true;
    } catch {
      return false;
    } finally {
      this.#isListening = false;
      clearInterval(trying);
      closed.removeEventListener('abort', cut);
      cut();
    }
  }
}
