import type { components } from './schema.js';

/** Problem details (RFC 9457), as the API answers every failure. */
export type Problem = components['schemas']['Problem'];

/** What the API refused. `code` is for programs to switch on, `message` for people. */
export class TaskApiError extends Error {
  override readonly name = 'TaskApiError';

  constructor(
    readonly response: Response,
    /** Undefined if somebody in between answered, such as a proxy. */
    readonly problem: Problem | undefined,
  ) {
    super(problem?.detail ?? `HTTP status ${response.status}`);
  }

  get status(): number {
    return this.response.status;
  }

  get code(): Problem['code'] | undefined {
    return this.problem?.code;
  }

  /** What to quote in a report: it names this request in the log of the server. */
  get requestId(): string | undefined {
    return this.problem?.request_id ?? this.response.headers.get('X-Request-Id') ?? undefined;
  }
}

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The content of an answer; undefined where it has none (204, 304).
 * @throws TaskApiError
 */
export function unwrap<Data>({ data, error, response }: Answer<Data>): Data {
  // Its type says undefined itself where an operation may answer without a body.
  if (response.ok || response.status === 304) return data as Data;
  throw new TaskApiError(response, isProblem(error) ? error : undefined);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'request_id' in body;
}
