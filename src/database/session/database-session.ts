import { type Client, escapeIdentifier } from 'pg';
import type { ConnectionSettings } from './connection-settings';
import { sqlState } from '../database-errors';
import { type ClientSettings, withClient } from './client';
import { type NamesSchema, searchPathOf } from './search-path';
import { DATABASE_WAITS, type DatabaseWaits, ROUND_TRIP_OF_BATCH_MS } from '../limits';

const CONNECT_TIMEOUT_MS = 2_000;
/** The most round trips that measure the distance of the database. */
const ROUND_TRIPS = 20;
/** Longer than any statement may run: without an answer by then, the server is frozen, not slow. */
export const ANSWER_LIMIT_MS = DATABASE_WAITS.forAnswer;

/**
 * Settings of every session that serves requests. They travel with the connection, because
 * `ALTER ROLE … SET` does not act on a role that is switched to; the role also tames a login that
 * is a superuser or owns the tables: without it, a forgotten scope would show every row.
 */
export const SESSION_SETTINGS = {
  role: 'task_api',
  // Beyond these a statement fails with 57014 or 55P03, and the client is asked to retry.
  statement_timeout: String(DATABASE_WAITS.forStatement),
  lock_timeout: String(DATABASE_WAITS.forLock),
  idle_in_transaction_session_timeout: '10000',
  // Answers show times as these sessions write them (`rfc3339`).
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  jit: 'off',
  // One search takes one processor: helpers would take those that the lanes need.
  max_parallel_workers_per_gather: '0',
  // Nobody reads notices and warnings.
  client_min_messages: 'error',
} as const;

function startupOptions(at: NamesSchema, { forStatement, forLock }: DatabaseWaits): string {
  const limits = { statement_timeout: forStatement, lock_timeout: forLock };
  return Object.entries({ ...SESSION_SETTINGS, ...limits, search_path: searchPathOf(at) })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** SQL that gives the settings to a login, for a pooler that refuses them. */
export function settingsOfLogin(login: string, at: NamesSchema): readonly string[] {
  const { role, ...settings } = SESSION_SETTINGS;
  const values = Object.entries(settings).map(([name, value]) => [name, `'${value}'`] as const);
  // A list in quotes would be the name of one schema.
  return [...values, ['search_path', searchPathOf(at)] as const].map(
    ([name, value]) => `alter role ${escapeIdentifier(login)} set ${name} = ${value};`,
  );
}

/** How to open a session, and in which schema the tables are that it serves. */
export type SessionConfig = ClientSettings & NamesSchema;

/** Why a session with these settings may be refused although one without them is not. */
const SETTINGS_REFUSED: readonly string[] = [
  '08P01', // protocol violation: a pooler that knows no startup options (PgBouncer, Neon)
  '0A000', // feature not supported: the same (Amazon RDS Proxy)
  '42501', // insufficient privilege: the login may not become task_api
  '22023', // invalid parameter value: there is no role task_api
];

/** How to open a session at the endpoint, determined once at start. */
export class DatabaseSession {
  /**
   * Whether PostgreSQL itself answers. A pooler lends a server until the next Sync is answered, so
   * nothing else may be in progress then, and no setting lasts longer
   * (docs/decisions/0004-lanes-and-scope-in-one-flush.md).
   */
  readonly isDirect: boolean;
  /** Whether a named statement is known after the next Sync. Poolers that prepare it again keep it. */
  readonly keepsNames: boolean;
  /** The shortest way to the database and back that was seen. */
  readonly roundTripMs: number;

  private constructor(
    readonly config: SessionConfig,
    /** How long it may keep a request waiting. */
    readonly waits: DatabaseWaits,
    /** Whether it serves reads that a replica may answer, and nothing else. */
    readonly isReplica: boolean,
    { isDirect, keepsNames, roundTripMs }: SessionTrial,
  ) {
    this.isDirect = isDirect;
    this.keepsNames = keepsNames;
    this.roundTripMs = roundTripMs;
  }

  /**
   * Tries the settings as startup options, and goes without them where they are refused or ignored.
   * The isolation gate then judges such a session, and says what to run.
   * @throws the driver's error when the database cannot be reached or refuses the login.
   */
  static async negotiate(
    settings: ConnectionSettings,
    waits: DatabaseWaits = DATABASE_WAITS,
    isReplica = false,
  ): Promise<DatabaseSession> {
    const bare: SessionConfig = {
      application_name: 'task-api',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      ...settings,
    };
    const confined: SessionConfig = { ...bare, options: startupOptions(settings, waits) };
    try {
      const trial = await tryOut(confined);
      if (trial.role === SESSION_SETTINGS.role) {
        return new DatabaseSession(confined, waits, isReplica, trial);
      }
    } catch (error) {
      if (!SETTINGS_REFUSED.includes(sqlState(error) ?? '')) throw error;
    }
    return new DatabaseSession(bare, waits, isReplica, await tryOut(bare));
  }
}

interface SessionTrial {
  readonly role: string;
  readonly isDirect: boolean;
  readonly keepsNames: boolean;
  readonly roundTripMs: number;
}

/** Opens a session and asks which role it has switched to, and which process it has reached. */
function tryOut(config: ClientSettings): Promise<SessionTrial> {
  return withClient({ ...config, query_timeout: ANSWER_LIMIT_MS }, async (client) => {
    const { rows } = await client.query<{ role: string; process: number }>(
      `select current_setting('role') as role, pg_backend_pid() as process`,
    );
    // A pooler greets with an invented process id, since its servers come and go.
    const { processID: greeted } = client as Client & { readonly processID?: number };
    const [{ role, process } = { role: '', process: 0 }] = rows;
    const isDirect = process === greeted;
    const keepsNames = isDirect || (await poolerKeepsNames(client));
    return { role, isDirect, keepsNames, roundTripMs: await roundTripOf(client) };
  });
}

/** The shortest of several, up to the first short one, because a busy processor may delay any of them. */
async function roundTripOf(client: Client): Promise<number> {
  let shortest = Infinity;
  for (let count = 0; count < ROUND_TRIPS && shortest >= ROUND_TRIP_OF_BATCH_MS; count += 1) {
    const sentAt = performance.now();
    await client.query('select');
    shortest = Math.min(shortest, performance.now() - sentAt);
  }
  return shortest;
}

const PROBE = 'task_api_probe';

/**
 * Whether a pooler keeps named statements for its clients. One that does gives them other names on
 * its servers (PgBouncer 1.21 or newer with `max_prepared_statements`, Odyssey, PgCat, Neon). Through
 * any other, the name arrives at whichever server is lent at that moment.
 */
async function poolerKeepsNames(client: Client): Promise<boolean> {
  const query = {
    name: PROBE,
    text: `select from pg_catalog.pg_prepared_statements where name = '${PROBE}'`,
  };
  try {
    // Inside a transaction the server stays the same, and the test statement can be removed.
    await client.query('begin');
    const isPassedOn = (await client.query(query)).rowCount !== 0;
    if (isPassedOn) await client.query(`deallocate ${PROBE}`);
    await client.query('commit');
    if (isPassedOn) return false;
    await client.query(query);
    return true;
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return false;
  }
}
