import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ConnectionSettings } from '../database/session/connection-settings';
import { newClient } from '../database/session/client';
import { DatabaseInUseError } from './embedded-postgres-error';

/** Arbitrary, but the same for every release: "task" and "owns" in ASCII. */
const LOCK = [0x7461736b, 0x6f776e73] as const;
const APPLICATION_NAME = 'task-api owner, process';
const STOPPING = 'stopping';
/** What the name of the session looks like of an owner that has announced its stop. */
export const NAME_OF_STOPPING = `${APPLICATION_NAME} %, ${STOPPING}`;
const CONNECT_WITHIN_MS = 10_000;
/** Longer than any stop: 15 s for the clients of workers, up to 26 s for PostgreSQL. */
export const STOP_WITHIN_MS = 45_000;
/** PostgreSQL notices within milliseconds that the process that held the lock has died. */
const LOCK_ATTEMPTS = 10;
const LOCK_RETRY_MS = 100;
const RECLAIM_EVERY_MS = 250;

/** Called with the progress of a start, for people. */
export type Report = (what: string) => void;

/**
 * The right to stop a server: an advisory lock, held by an idle session for as long as this process
 * lives. The kernel closes the session of a killed process, so a server without an owner is known
 * for an orphan without guessing from process ids or time stamps.
 */
export class ServerOwnership {
  readonly #settings: ConnectionSettings;
  readonly #report: Report;
  #session: Client | undefined;
  #socket: Socket | undefined;
  #claiming: Promise<Client> | undefined;
  #inBackground = false;
  #stopping = false;
  #announced: Promise<unknown> | undefined;
  #released = false;

  /**
   * @param settings of the superuser, in a database that nobody copies or drops
   * @param report called if the start waits for another owner
   */
  constructor(settings: ConnectionSettings, report: Report) {
    this.#settings = settings;
    this.#report = report;
  }

  get held(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Waits for an owner that has announced its stop, and then usually loses its session with the server.
   * @returns the session that holds the lock; it stays this object's
   * @throws DatabaseInUseError when another living process owns the server
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

  /** Lets the next process wait for the end of this one, instead of being refused. */
  announceStop(): Promise<unknown> {
    this.#stopping = true;
    this.#announced ??= this.#session
      ?.query(`set application_name = '${this.#name}'`)
      .catch(() => undefined);
    return Promise.resolve(this.#announced);
  }

  /** The server is about to end, and the session with it. */
  expectEnd(): void {
    this.#released = true;
  }

  release(): void {
    this.expectEnd();
    void this.#session?.end();
  }

  async #claim(): Promise<Client> {
    const socket = new Socket();
    const client = newClient({
      ...this.#settings,
      application_name: this.#name,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      // The role's password is set in this session; no setting may bring it into the log. Nor is its
      // end an error, which every stop of the server causes; this process reports others.
      options: '-c log_statement=none -c log_min_messages=panic -c log_min_duration_statement=-1',
      stream: () => socket,
    });
    await client.connect();
    try {
      await lock(client, this.#report);
    } catch (error) {
      await client.end();
      throw error;
    }
    // An error comes before it; the end is what counts.
    client.on('end', () => {
      this.#session = undefined;
      void this.#reclaim();
    });
    this.#session = client;
    this.#socket = socket;
    if (this.#inBackground) socket.unref();
    return client;
  }

  get #name(): string {
    return `${APPLICATION_NAME} ${process.pid}${this.#stopping ? `, ${STOPPING}` : ''}`;
  }

  /** An administrator, or the crash of another backend, may cut the session of a server that lives. */
  async #reclaim(): Promise<void> {
    do {
      await sleep(RECLAIM_EVERY_MS, undefined, { ref: false });
    } while (!this.#released && !(await this.confirm()));
  }
}

async function lock(client: Client, report: Report): Promise<void> {
  let waitsUntil: number | undefined;
  for (let attempt = 1; !(await tryLock(client)); attempt++) {
    const owner = await ownerOf(client);
    if (owner?.isStopping === true && waitsUntil === undefined) {
      report(`Waiting for the server that is stopping (process ${owner.pid})`);
      waitsUntil = Date.now() + STOP_WITHIN_MS;
    }
    const isLate = waitsUntil === undefined ? attempt >= LOCK_ATTEMPTS : Date.now() > waitsUntil;
    if (isLate) throw inUse(owner);
    await sleep(LOCK_RETRY_MS);
  }
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_lock($1, $2) as locked',
    [...LOCK],
  );
  return rows[0]?.locked === true;
}

interface Owner {
  readonly pid: string;
  readonly isStopping: boolean;
}

async function ownerOf(client: Client): Promise<Owner | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2`,
    [...LOCK],
  );
  const [pid = '', state] = rows[0]?.name.slice(APPLICATION_NAME.length).split(',') ?? [];
  return pid === '' ? undefined : { pid: pid.trim(), isStopping: state?.trim() === STOPPING };
}

function inUse(owner: Owner | undefined): DatabaseInUseError {
  const name = owner === undefined ? 'Another server' : `Another server (process ${owner.pid})`;
  return new DatabaseInUseError(
    owner?.isStopping === true
      ? `${name} has been stopping for ${STOP_WITHIN_MS / 1_000} s and still uses this embedded database: end it, or set another DATA_DIR`
      : `${name} already uses this embedded database: stop it, or set another DATA_DIR`,
  );
}
