import { isTlsFailure } from './session/tls-failure';

/** Why the database has refused a request, if the reason may pass by itself. */
export type DatabaseFault =
  | 'unavailable'
  /** It lacks a migration of this version. */
  | 'behind'
  /** There is no room or no time left: nothing was sent. */
  | 'overloaded'
  /** PostgreSQL stopped the statement because of its time. */
  | 'timeout'
  /** Another transaction holds a lock. */
  | 'locked';

/** Thrown here instead of an error of the driver: the statement was not sent, or the database is unfit. */
export class DatabaseRefusal extends Error {
  /** @param cause for the log only */
  constructor(
    readonly fault: DatabaseFault,
    cause?: unknown,
  ) {
    super(fault, { cause });
    this.name = 'DatabaseRefusal';
  }
}

/** SQLSTATE → fault, as data. Exact codes win over classes (the first two characters). */
const FAULT_BY_SQLSTATE: Readonly<Record<string, DatabaseFault>> = {
  '08': 'unavailable', // connection exceptions
  '28': 'unavailable', // invalid authorization: the login stopped working
  '53': 'unavailable', // insufficient resources: disk, memory, connections
  '57P01': 'unavailable', // admin shutdown
  '57P02': 'unavailable', // crash shutdown
  '57P03': 'unavailable', // cannot connect now
  '57P05': 'unavailable', // idle session timeout
  '25006': 'unavailable', // read-only: failed over to a replica
  '25P03': 'unavailable', // idle in transaction timeout
  '57014': 'timeout',
  '55P03': 'locked', // lock not available
  '40001': 'locked', // serialization failure
  '40P01': 'locked', // deadlock detected
};

/** What the driver throws without an SQLSTATE when a connection fails or is lost. */
const CONNECTION_LOSS =
  /Connection terminated|connection error|timeout expired|read timeout|trying to connect|Client was closed|not queryable|terminating connection/i;
const SOCKET_ERRORS: readonly string[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
];

/** System and internal errors. */
const UNTRUSTED = /^(?:58|XX)/;
/**
 * Connection exceptions, time-outs of sessions, shutdowns. As an ERROR, not FATAL, another session
 * was lost: that of Citus to one of its workers.
 */
const CONNECTION_LOST = /^(?:08|25P0[34]|57P)/;
/** The functions of Citus that report the loss of a session to a worker. */
const LOST_WORKER: readonly string[] = [
  'ReportResultError',
  'ReportCopyError',
  'SendCopyDataToPlacement',
  'EndRemoteCopy',
  'MarkRemoteTransactionFailed',
  'CheckRemoteTransactionsHealth',
];
const FOREIGN_KEY_VIOLATED = '23503';
/**
 * From any table to the account. Citus adds the number of the shard, as in `fk_tasks_user_id_102008`, and
 * has the name in the message alone.
 */
const KEY_OF_ACCOUNT = /(?<!\w)fk_\w+_user_id(?:_\d+)?(?!\w)/;
/** The disk is full: for a statement, which is rolled back, or for the WAL, perhaps after a commit. */
const LACKS_RESOURCES = '53';

const WITHOUT_SERVER = /^(?:server login has been failing|query_wait_timeout)/;

/** SQLSTATE of an error from PostgreSQL, or undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  const code = propertyOf(error, 'code');
  const isState = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !SOCKET_ERRORS.includes(code);
  return isState ? code : undefined;
}

/**
 * Whether the account was erased after the statement had found it. PostgreSQL has rolled it back. If it
 * runs again, it finds no account.
 */
export function metErasure(error: unknown): boolean {
  const named = propertyOf(error, 'constraint') ?? propertyOf(error, 'message') ?? '';
  return sqlState(error) === FOREIGN_KEY_VIOLATED && KEY_OF_ACCOUNT.test(named);
}

/**
 * Whether the session is useless and has not begun the statement: it does not know the prepared
 * statement, a migration outdated its plan, an earlier transaction is still open, or Citus has
 * split the shard that it was planned for.
 */
export function isStaleSession(error: unknown): boolean {
  const state = sqlState(error);
  if (isOfFormerShard(error)) return true;
  // The message would be in the server's language.
  if (state === '0A000') return propertyOf(error, 'routine') === 'RevalidateCachedQuery';
  return state === '26000' || state === '25P02';
}

/**
 * Whether a pooler had no server for the statement, which has therefore not begun. PgBouncer gives all of
 * its errors the same code, also where a server was lost in the midst of a statement.
 */
export function isWithoutServer(error: unknown): boolean {
  return sqlState(error) === '08P01' && WITHOUT_SERVER.test(propertyOf(error, 'message') ?? '');
}

/** Whether the server takes no writes: the session may have been left on a former primary. */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === '25006';
}

/** Whether PostgreSQL has stopped the statement because of its time, or because it was asked to. */
export function isTimedOut(error: unknown): boolean {
  return sqlState(error) === '57014';
}

/** Whether the session is over, or not to be trusted any more. */
export function endsSession(error: unknown): boolean {
  const state = sqlState(error);
  if (isOfLostWorker(error)) return false;
  if (state === undefined || UNTRUSTED.test(state)) return true;
  return CONNECTION_LOST.test(state) && propertyOf(error, 'severity') !== 'ERROR';
}

/**
 * Whether PostgreSQL has certainly rolled back the transaction. A transaction that ended with its
 * session may have been committed just before.
 * @param mayBeOfCommit whether the commit itself may have failed: a worker of Citus may have made
 * it
 */
export function isRolledBack(error: unknown, mayBeOfCommit = true): boolean {
  const state = sqlState(error) ?? '';
  if (endsSession(error) || state.startsWith(LACKS_RESOURCES)) return false;
  return !(mayBeOfCommit && (CONNECTION_LOST.test(state) || isOfLostWorker(error)));
}

/** Of Citus, when it plans a statement while a shard is split. */
function isOfFormerShard(error: unknown): boolean {
  return isUntrustedOf(['LookupShardRelationFromCatalog', 'LookupShardIdCacheEntry'], error);
}

/**
 * Of Citus, when its session to a worker ends in the midst of a statement: it has then no SQLSTATE of the
 * worker. An internal error of the worker itself looks the same.
 */
function isOfLostWorker(error: unknown): boolean {
  return isUntrustedOf(LOST_WORKER, error);
}

/** The message would be in any language. */
function isUntrustedOf(routines: readonly string[], error: unknown): boolean {
  const routine = propertyOf(error, 'routine') ?? '';
  return UNTRUSTED.test(sqlState(error) ?? '') && routines.includes(routine);
}

/** The node of Citus, as `host:port`, that refused what the coordinator passed on; its context ends with it. */
export function nodeOfError(error: unknown): string | undefined {
  return /\S+:\d+$/.exec(propertyOf(error, 'where') ?? '')?.[0];
}

/** What an error means for the database; undefined if it is a fault of this program. */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  if (error instanceof DatabaseRefusal) return error.fault;
  if (isOfFormerShard(error)) return 'locked';
  if (isOfLostWorker(error)) return 'unavailable';
  const state = sqlState(error);
  if (state !== undefined) return FAULT_BY_SQLSTATE[state] ?? FAULT_BY_SQLSTATE[state.slice(0, 2)];
  const isLoss =
    SOCKET_ERRORS.includes(propertyOf(error, 'code') ?? '') ||
    CONNECTION_LOSS.test(propertyOf(error, 'message') ?? '') ||
    isTlsFailure(error);
  return isLoss ? 'unavailable' : undefined;
}

/** A text that an error carries. Its class is no help: Node's own may be of another realm. */
function propertyOf(
  error: unknown,
  name: 'code' | 'constraint' | 'message' | 'routine' | 'severity' | 'where',
): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : undefined;
}
