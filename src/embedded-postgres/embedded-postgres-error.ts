/** Why the embedded PostgreSQL cannot serve: one line for the operator, with what to change. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
  }
}

/** Another living process owns the server. */
export class DatabaseInUseError extends EmbeddedPostgresError {}

/** Reasons that come from the machine rather than from PostgreSQL, and what helps against them. */
const REMEDIES: readonly (readonly [reason: RegExp, remedy: string])[] = [
  [/ENOSPC|EDQUOT|no space left on device/i, 'the disk is full: free some space and start again'],
  [/EROFS|read-only file system/i, 'the file system is read-only: set DATA_DIR elsewhere'],
  [
    /EACCES|EPERM|permission denied|operation not permitted/i,
    'permission denied: set DATA_DIR to a directory that belongs to the user who starts the server',
  ],
  [/ENOTDIR|EEXIST|not a directory/i, 'a file is in the way: set DATA_DIR to a directory'],
];

/** Wraps the failure of a step, such as `create the directory /x`, into a single line. */
export function stepFailed(step: string, cause: unknown): EmbeddedPostgresError {
  if (cause instanceof EmbeddedPostgresError) return cause;
  const reason = (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, ' ');
  const remedy = REMEDIES.find(([pattern]) => pattern.test(reason))?.[1];
  return new EmbeddedPostgresError(
    `Cannot ${step}: ${remedy === undefined ? reason : `${remedy} (${reason})`}`,
    { cause },
  );
}

/** The reason that PostgreSQL's programs print, without time stamp and level. */
export function reasonIn(output: string): string | undefined {
  if (REFUSED_USER.test(output)) return USER_REMEDY;
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const reason = lines.find((line) => SEVERE.test(line)) ?? lines.at(-1);
  return reason?.replace(SEVERE, '').trim();
}

/** Its one reason that has no level, and fills several lines. */
const REFUSED_USER = /execution of (?:the )?PostgreSQL .*?not\s+permitted/is;
const USER_REMEDY =
  'it refuses an administrator; start the server as a user without such rights, on Windows from a terminal that is not elevated';
const SEVERE = /^.*?\b(?:FATAL|PANIC|error):\s+/;
