import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER_LIMIT_MS, type DatabaseSession } from '../session/database-session';
import { newClient } from '../session/client';
import { ChangeChannel } from './change-channel';

const REOPEN_FIRST_MS = 100;
const REOPEN_MOST_MS = 5_000;
/** How often the connection is tried: one that was cut on the way says nothing. */
const TRY_EVERY_MS = 25_000;
/** How long it stays for streams that come back. */
const LINGER_MS = 30_000;

export interface ChangeHandlers {
  /** Other processes have changed the feeds of these users. */
  readonly onHeard: (userIds: readonly string[]) => void;
  /** Changes are heard from now on; of those before, some may have been missed. */
  readonly onListening: () => void;
}

/**
 * Listens for feeds that other processes have changed, on one connection of its own, while somebody wants to
 * know. Otherwise there is no connection: the database may sleep.
 */
export class ChangeListener {
  #wanted: AbortController | undefined;
  #rest: NodeJS.Timeout | undefined;
  #isListening = false;

  constructor(
    private readonly session: DatabaseSession,
    private readonly channel: ChangeChannel,
  ) {}

  /** Whether it can hear at all: a pooler lends a server for a transaction, and takes LISTEN in silence. */
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

  /** Nobody wants to know any more. */
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
