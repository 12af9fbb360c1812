import { ConfigurationError } from '../config/env';
import { BackupError } from '../embedded-postgres/backup/backup-format';
import { databaseFault } from '../database/database-errors';
import { EmbeddedPostgresError } from '../embedded-postgres/embedded-postgres-error';
import { IsolationGateError } from '../database/isolation/isolation-gate';
import { DatabaseObstaclesError } from '../database/finding';
import { MigrationError } from '../database/schema/migration-lock';
import { describeTlsFailure } from '../database/session/tls-failure';
import { UnknownLoginError } from '../database/session/unknown-login';
import { AdminPortError } from '../metrics/admin-server';
import { EXIT_CODES } from './exit-codes';

export interface StartFailure {
  /** The fault, and what to change. */
  readonly message: string;
  readonly exitCode: number;
}

/** A start that failed in another process, which has already explained it. */
export class WorkerStartError extends Error {
  constructor(readonly failure: StartFailure) {
    super(failure.message);
    this.name = 'WorkerStartError';
  }
}

/** Turns the error that stopped a start into one line for the operator; only bugs have a stack. */
export function explainStartFailure(error: unknown): StartFailure {
  if (error instanceof WorkerStartError) return error.failure;
  if (
    error instanceof ConfigurationError ||
    error instanceof DatabaseObstaclesError ||
    error instanceof IsolationGateError ||
    error instanceof AdminPortError
  ) {
    return { message: error.message, exitCode: EXIT_CODES.configuration };
  }
  if (error instanceof BackupError) return { message: error.message, exitCode: EXIT_CODES.badData };
  if (error instanceof EmbeddedPostgresError || error instanceof MigrationError) {
    return { message: error.message, exitCode: EXIT_CODES.unavailable };
  }
  const tlsFailure = describeTlsFailure(error);
  if (tlsFailure !== undefined) return { message: tlsFailure, exitCode: EXIT_CODES.unavailable };
  if (!(error instanceof Error)) return { message: String(error), exitCode: EXIT_CODES.failed };
  const { code = '', syscall, path }: NodeJS.ErrnoException = error;
  // The primary binds for its workers.
  if (syscall === 'listen' || syscall === 'bind') {
    const change = code === 'EADDRINUSE' ? 'set PORT to another port' : 'change HOST or PORT';
    return { message: `${error.message}: ${change}`, exitCode: EXIT_CODES.configuration };
  }
  if (path !== undefined && code === 'EACCES') {
    const change = 'set DATA_DIR to a directory that belongs to the user who runs the server';
    return { message: `${error.message}: ${change}`, exitCode: EXIT_CODES.configuration };
  }
  const ofDatabase =
    /^[0-9A-Z]{5}$/.test(code) ||
    error.message.startsWith(FROM_LOGIN) ||
    error instanceof UnknownLoginError ||
    databaseFault(error) !== undefined;
  if (ofDatabase)
    return { message: describeDatabaseFailure(error), exitCode: EXIT_CODES.unavailable };
  return { message: error.stack ?? error.message, exitCode: EXIT_CODES.failed };
}

/** Errors of pg's password exchange, which have no code. */
const FROM_LOGIN = 'SASL: ';
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /connection to the remote node task_api@/,
    'task_api must be able to log in to every node of Citus: run ops/postgres/roles-citus.sql on the coordinator (alter role task_api login; grant connect on database … to task_api;)',
  ],
  [
    /read-only transaction|during recovery/,
    'DATABASE_URL and DATABASE_OWNER_URL must name the primary, and this server is a standby (or default_transaction_read_only is on); name standbys in DATABASE_REPLICA_URLS',
  ],
  [
    /^relation ".+" does not exist/,
    'it lacks tables: npm run cli -- migrate, or check DATABASE_URL and DATABASE_OWNER_URL',
  ],
  [/no encryption|SSL off/, 'add sslmode=verify-full to DATABASE_URL and DATABASE_OWNER_URL'],
  [/asks for a login by/, 'let pg_hba.conf ask this login for scram-sha-256'],
  [/client password must be/, 'give DATABASE_URL and DATABASE_OWNER_URL the password'],
];
const OTHER_REMEDY = [/^/, 'check DATABASE_URL and DATABASE_OWNER_URL'] as const;

function describeDatabaseFailure(error: Error): string {
  const hint = 'hint' in error && typeof error.hint === 'string' ? ` (${error.hint})` : '';
  const reason = error.message === '' && 'code' in error ? String(error.code) : error.message;
  const cause = reason.replaceAll(/\s*\n\s*/g, '; ');
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(cause)) ?? OTHER_REMEDY;
  return `The database cannot be used: ${cause}${hint}: ${remedy}`;
}
