/** The parts of an error that the log may contain. */
export interface ErrorFacts {
  /** Its class. */
  readonly type: string;
  /** SQLSTATE, or a code of Node such as ECONNREFUSED. */
  readonly code?: string;
  /** What of the database does not work, for a client: `timeout`, `unavailable`. */
  readonly fault?: string;
  readonly message?: string;
  /** Where in PostgreSQL, and in which of our tables, columns and constraints. */
  readonly routine?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  /** Where in this program. */
  readonly stack?: readonly string[];
  readonly cause?: ErrorFacts;
}

/** Properties that hold a name of ours, of PostgreSQL or of Node. */
const NAMES = ['code', 'fault', 'routine', 'table', 'column', 'constraint'] as const;

const DEEPEST_CAUSE = 3;
const MOST_FRAMES = 20;
const NAME = /^[\w.$-]{1,64}$/;
const FRAME =
  /^ {4}at (?:async )?(?:[\w.$#<>[\] ]+ \()?(?:node:|file:|\/|[A-Z]:\\)[^()]+:\d+:\d+\)?$/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * Classes of SQLSTATE whose messages name tables and roles, but quote no value. Those of the others
 * do: `invalid input syntax for type uuid: "…"` (22P02).
 */
const CLASSES_WITHOUT_VALUES: readonly string[] = [
  '08', // connection exception
  '25', // invalid transaction state
  '28', // invalid authorization
  '3D', // no such database
  '40', // transaction rollback
  '42', // access rule violation: statements are constants, so they hold no value either
  '53', // insufficient resources
  '55', // object not in prerequisite state
  '57', // operator intervention
  '58', // system error
];

/** Messages without a code, of pg, its pool and our lanes, when a connection fails. */
const OF_CONNECTIONS: readonly string[] = [
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Connection terminated before its first use',
  'Connection terminated: its answers are out of step',
  'Query read timeout',
  'Client was closed and is not queryable',
  'Client has encountered a connection error and is not queryable',
  'The server does not support SSL connections',
  'There was an error establishing an SSL connection',
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string',
];

/**
 * What the log may contain of an error without user data. It is an allow list: messages and details
 * may quote titles, tokens and addresses, so a message appears only if its source is known not to.
 *
 * @param withStack whether to add where in this program it was thrown
 */
export function errorFacts(error: unknown, withStack = false, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error };
  const { cause } = error;
  const message = harmlessMessage(error);
  const stack = withStack ? framesOf(error) : [];
  return {
    type: NAME.test(error.name) ? error.name : 'Error',
    ...namesIn(error),
    ...(message !== undefined && { message }),
    ...(stack.length > 0 && { stack }),
    ...(cause !== undefined &&
      depth < DEEPEST_CAUSE && { cause: errorFacts(cause, withStack, depth + 1) }),
  };
}

/** The frames of a stack, without the message before them. */
export function framesOf({ stack = '', message }: Pick<Error, 'stack' | 'message'>): string[] {
  const end = message === '' ? -1 : stack.indexOf(message);
  const frames = end === -1 ? stack : stack.slice(end + message.length);
  return frames
    .split('\n')
    .filter((line) => FRAME.test(line))
    .slice(0, MOST_FRAMES)
    .map((line) => line.slice('    at '.length));
}

function harmlessMessage(error: Error): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  // Node composes it from the call, the address and the path.
  const ofSystem = 'syscall' in error;
  const ofPostgres =
    code !== undefined && SQLSTATE.test(code) && CLASSES_WITHOUT_VALUES.includes(code.slice(0, 2));
  return ofSystem || ofPostgres || OF_CONNECTIONS.includes(message) ? message : undefined;
}

function namesIn(error: Error): Pick<ErrorFacts, (typeof NAMES)[number]> {
  const values = error as unknown as Readonly<Record<string, unknown>>;
  const named = NAMES.map((name) => [name, values[name]] as const).filter(
    ([, value]) => typeof value === 'string' && NAME.test(value),
  );
  return Object.fromEntries(named);
}
