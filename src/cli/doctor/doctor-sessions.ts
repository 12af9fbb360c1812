import type { Env } from '../../config/env';
import { reachOf } from '../../database/lanes/reach';
import type { DatabaseFacts } from './database-diagnosis';
import { type Check, ok, warn } from './doctor-check';
import type { SessionRoom } from './session-room';

/** One listens for changes, and one announces them from time to time. */
const STREAM_SESSIONS = 2;
/** Opened from time to time, by one process for all. */
const ISOLATION_SESSIONS = 1;
const LEAST_POOL = 2;

/**
 * Counts the sessions that all instances open at most: while each process serves streams and searches.
 * @param instances servers that share the database, each with its WORKERS
 */
export function sessionsCheck(
  { isDirect, roundTripMs, room }: Pick<DatabaseFacts, 'isDirect' | 'roundTripMs' | 'room'>,
  { workers, database }: Pick<Env, 'workers' | 'database'>,
  instances = 1,
): Check {
  const { lanes } = reachOf({ isDirect, roundTripMs }, database);
  const needed =
    instances * (workers * (lanes + database.pool + STREAM_SESSIONS) + ISOLATION_SESSIONS);
  const process = `${lanes} lanes + ${database.pool} of DATABASE_POOL + ${STREAM_SESSIONS} for streams`;
  const processes = workers === 1 ? process : `${workers} WORKERS × (${process})`;
  const instance = `${processes} + ${ISOLATION_SESSIONS} that checks isolation`;
  const sum = instances === 1 ? instance : `${instances} instances × (${instance})`;
  const away = `the database is ${roundTripMs.toFixed(1)} ms away and back`;
  const found = `at most ${needed} = ${sum}; ${away}`;
  if (!isDirect) {
    return ok('sessions', `${found}; a pooler lends them, if it admits ${needed} clients`);
  }
  const limit = narrowest(room, needed);
  const detail = `${found}; PostgreSQL has room for ${limit.free} (${limit.why})`;
  if (needed <= limit.free) return ok('sessions', detail);
  const pool =
    Math.floor((limit.free / instances - ISOLATION_SESSIONS) / workers) - lanes - STREAM_SESSIONS;
  return warn(
    'sessions',
    detail,
    limit.remedy,
    ...(pool >= LEAST_POOL ? [`or set DATABASE_POOL=${pool}, for fewer searches at a time`] : []),
    'or use a pooler in transaction mode (docs/deploy.md)',
  );
}

interface Limit {
  readonly free: number;
  readonly why: string;
  readonly remedy: string;
}

function narrowest(room: SessionRoom, needed: number): Limit {
  const { login, database, maxConnections, reserved, others, ofLogin, ofDatabase } = room;
  const limits: readonly Limit[] = [
    {
      free: maxConnections - reserved - others,
      why: `max_connections = ${maxConnections}, ${reserved} of them reserved, ${others} used by other logins`,
      remedy: `set max_connections = ${needed + reserved + others} and restart PostgreSQL`,
    },
    ...limitOf('role', login, ofLogin, needed),
    ...limitOf('database', database, ofDatabase, needed),
  ];
  return limits.reduce((least, limit) => (limit.free < least.free ? limit : least));
}

function limitOf(kind: string, name: string, limit: number | null, needed: number): Limit[] {
  if (limit === null) return [];
  return [
    {
      free: limit,
      why: `connection limit of the ${kind} ${name}`,
      remedy: `alter ${kind} ${name} connection limit ${needed};`,
    },
  ];
}
