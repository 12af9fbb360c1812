import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { ConnectionSettings } from '../connection-settings';
import { EmbeddedPostgresError } from './embedded-postgres-error';

/** Arbitrary, but the same for every release: "task" and "owns" in ASCII. */
const LOCK = [0x7461736b, 0x6f776e73] as const;
const APPLICATION_NAME = 'task-api owner, process';
const CONNECT_WITHIN_MS = 10_000;
/** PostgreSQL notices within milliseconds that the process that held the lock has died. */
const LOCK_ATTEMPTS = 10;
const LOCK_RETRY_MS = 100;
const RECLAIM_EVERY_MS = 250;

/**
 * The right to stop a server: an advisory lock, held by an idle session for as long as this process
 * lives. The kernel closes the session of a killed process, so a server without an owner is known
 * for an orphan without guessing from process ids or time stamps.
 */
export class ServerOwnership {
  readonly #settings: ConnectionSettings;
  #session: Client | undefined;
  #socket: Socket | undefined;
  #claiming: Promise<Client> | undefined;
  #inBackground = false;
  #released = false;

  /** @param settings of the superuser, in a database that nobody copies or drops */
  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  get held(): boolean {
    return this.#session !== undefined;
  }

  /**
   * @returns the session that holds the lock; it stays this object's
   * @throws EmbeddedPostgresError when another living process owns the server
   * @throws Error of pg when the server cannot be reached
   */
  async claim(): Promise<Client> {
    this.#claiming ??= this.#claim().finally(() => (this.#claiming = undefined));
    return this.#claiming;
  }

  /** Whether this process may stop the server. Asks once more if its session was cut just now. */
  async confirm(): Promise<boolean> {
    if (this.held) return true;
    return this.claim().then(
      () => true,
      () => false,
    );
  }

  /** From now on the session alone does not keep the process running. */
  moveToBackground(): void {
    this.#inBackground = true;
    this.#socket?.unref();
  }

  release(): void {
    this.#released = true;
    void this.#session?.end();
  }

  async #claim(): Promise<Client> {
    const socket = new Socket();
    const client = new Client({
      ...this.#settings,
      application_name: `${APPLICATION_NAME} ${process.pid}`,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      // The role's password is set in this session; no setting may bring it into the log.
      options:
        '-c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1',
      stream: () => socket,
    });
    // 'end' follows and is what counts.
    client.on('error', () => undefined);
    await client.connect();
    try {
      await lock(client);
    } catch (error) {
      await client.end();
      throw error;
    }
    client.on('end', () => {
      this.#session = undefined;
      void this.#reclaim();
    });
    this.#session = client;
    this.#socket = socket;
    if (this.#inBackground) socket.unref();
    return client;
  }

  /** An administrator, or the crash of another backend, may cut the session of a server that lives. */
  async #reclaim(): Promise<void> {
    do {
      await sleep(RECLAIM_EVERY_MS, undefined, { ref: false });
    } while (!this.#released && !(await this.confirm()));
  }
}

async function lock(client: Client): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { rows } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_lock($1, $2) as locked',
      [...LOCK],
    );
    if (rows[0]?.locked === true) return;
    if (attempt === LOCK_ATTEMPTS) throw await ownedByAnother(client);
    await sleep(LOCK_RETRY_MS);
  }
}

async function ownedByAnother(client: Client): Promise<EmbeddedPostgresError> {
  const { rows } = await client.query<{ name: string }>(
    `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2`,
    [...LOCK],
  );
  const pid = rows[0]?.name.slice(APPLICATION_NAME.length).trim();
  return new EmbeddedPostgresError(
    `Another server${pid ? ` (process ${pid})` : ''} already uses this embedded database: stop it, or set another DATA_DIR`,
  );
}
