/** One kind of problem that this API can answer with (RFC 9457). */
export interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** What a client should do about it; the text of its page under /problems. */
  readonly advice: string;
}

/**
 * The one table of problem types. The key is the last segment of the `type` URI and the `code`
 * member of the body: clients switch on it, so it never changes meaning.
 */
export const PROBLEM_TYPES = {
  'malformed-request': {
    status: 400,
    title: 'The request is not valid HTTP',
    advice: 'Send a well-formed HTTP/1.1 request (RFC 9112).',
  },
  'malformed-uri': {
    status: 400,
    title: 'The request URI is malformed',
    advice: 'Percent-encode the path and the query as UTF-8; %25 stands for a %.',
  },
  'malformed-json': {
    status: 400,
    title: 'The request body is not valid JSON',
    advice: 'Send one well-formed JSON text (RFC 8259), encoded as UTF-8.',
  },
  validation: {
    status: 400,
    title: 'The request is not valid',
    advice:
      'Each entry of `errors` names one faulty place: a JSON pointer into the body, or a parameter or header, and what is wrong with it.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor does not belong to this list',
    advice:
      'Use `next_cursor` exactly as the API gave it, with the same user, filters and sort; otherwise start from the first page.',
  },
  'idempotency-key-invalid': {
    status: 400,
    title: 'The Idempotency-Key is not valid',
    advice:
      'Send 1 to 255 visible ASCII characters. A UUIDv7 that creates a task becomes its id, so it must be no older than 24 hours.',
  },
  unauthenticated: {
    status: 401,
    title: 'A bearer token is required',
    advice:
      'Send `Authorization: Bearer <token>`. A server in development mode issues tokens: POST /api/dev/token.',
  },
  'invalid-token': {
    status: 401,
    title: 'The bearer token is not valid',
    advice:
      'Get a new token where this one came from: from your identity provider, or, in development mode, from POST /api/dev/token.',
  },
  'token-expired': {
    status: 401,
    title: 'The bearer token has expired',
    advice:
      'Refresh the token, or get a new one where it came from (in development mode: POST /api/dev/token), and repeat the request.',
  },
  forbidden: {
    status: 403,
    title: 'The token does not give access to this user',
    advice: 'Use your own user id, or `me`, in the path.',
  },
  'development-issuer-local-only': {
    status: 403,
    title: 'The development issuer answers this machine only',
    advice:
      'Call it on localhost by HTTP/1.1, from a terminal or from a page of http://localhost, http://127.0.0.1 or http://[::1]. For a page elsewhere, paste a token: npm run cli -- token --email ada@example.com. For other users, configure an OpenID provider.',
  },
  'insufficient-scope': {
    status: 403,
    title: 'The token lacks the scope for this operation',
    advice: 'Ask your identity provider for the scope named in `WWW-Authenticate`.',
  },
  'route-not-found': {
    status: 404,
    title: 'There is nothing at this path',
    advice: 'See /docs for the routes. Paths are case-sensitive and have no trailing slash.',
  },
  'task-not-found': {
    status: 404,
    title: 'There is no such task',
    advice: 'The task does not exist among the tasks of this user, or has been deleted.',
  },
  'user-not-provisioned': {
    status: 404,
    title: 'This user has no account yet',
    advice: 'Create a task, or call POST /api/users; either creates the account.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This path does not support the method',
    advice: 'The `Allow` header lists the methods that it supports.',
  },
  'not-acceptable': {
    status: 406,
    title: 'The answer has no media type that the request accepts',
    advice: 'Send `Accept: text/event-stream`, or no `Accept`.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    advice: 'Send the request again, faster.',
  },
  'email-taken': {
    status: 409,
    title: 'The e-mail address belongs to another account',
    advice: 'Use another address; tasks work without one.',
  },
  'task-limit-reached': {
    status: 409,
    title: 'The user has reached the limit of tasks',
    advice: 'Delete some tasks, then create the task again; `detail` names the limit.',
  },
  'move-conflict': {
    status: 409,
    title: 'The task cannot be put there',
    advice: 'Nothing was done; `errors` says why. Read the list again, then repeat the move.',
  },
  'sync-token-expired': {
    status: 410,
    title: 'The sync token is invalid or has expired',
    advice:
      'Discard your copy of the tasks, and begin again without `after`. A token is valid for one user and 30 days, and ends when the account is deleted or the database is restored.',
  },
  'task-purged': {
    status: 410,
    title: 'The task of this key has been deleted for good',
    advice: 'It was created and then deleted; nothing was done now. Use a new key for a new task.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The precondition does not hold',
    advice:
      'The task has changed: your `If-Match` is not the current version, which `ETag` carries. Read the task again, then repeat the change.',
  },
  'payload-too-large': {
    status: 413,
    title: 'The request body is too large',
    advice: 'Send at most 131072 bytes, and at most 1048576 to `/tasks/bulk`.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The media type or encoding of the body is not supported',
    advice:
      'Send JSON in UTF-8, not compressed, with `Content-Type: application/json`. `errors` names the header that says otherwise.',
  },
  'expectation-failed': {
    status: 417,
    title: 'The expectation cannot be met',
    advice: 'Send no `Expect` header other than `100-continue`.',
  },
  'parent-invalid': {
    status: 422,
    title: 'The task cannot have this parent',
    advice:
      'Nothing was done. `errors` says which rule it breaks: the parent is a task of the same user that has not been deleted, neither the task itself nor below it, and a tree has at most 8 levels.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    advice:
      'Nothing was done. A key belongs to one request for a day: the same method, path, body and `If-Match`. Send a new request under a new key.',
  },
  'idempotency-keys-exhausted': {
    status: 429,
    title: 'Too many writes with an Idempotency-Key today',
    advice:
      'Nothing was done. Wait for `Retry-After` seconds, until the next day of UTC, or send the request without the key. A create may have a UUIDv7 as its key, which is not counted.',
  },
  'quota-exceeded': {
    status: 429,
    title: 'Too many requests',
    advice: 'Wait for `Retry-After` seconds.',
  },
  'too-many-streams': {
    status: 429,
    title: 'The user has too many open streams',
    advice:
      'Close a stream, or share one among the tabs of a browser; until then, poll for changes.',
  },
  'header-fields-too-large': {
    status: 431,
    title: 'The request header fields are too large',
    advice: 'Send fewer or shorter headers, or a shorter URL.',
  },
  'internal-error': {
    status: 500,
    title: 'The server failed',
    advice: 'This is a fault of the server. Quote the `request_id` when you report it.',
  },
  'database-unavailable': {
    status: 503,
    title: 'The database cannot be reached',
    advice:
      'Repeat after `Retry-After` seconds. The outcome of a write is unknown: with an Idempotency-Key it is safe to repeat. Without one, read the task first.',
  },
  'database-behind': {
    status: 503,
    title: 'The database is older than this server',
    advice:
      'Run the migrations of this version: start a server of it, or `npm run cli -- migrate`. The server notices within a second.',
  },
  'isolation-lost': {
    status: 503,
    title: 'The database does not isolate users',
    advice:
      'Nothing was done. The operator has to repair the database: the log of the server says how. The server serves again within a minute.',
  },
  'query-timeout': {
    status: 503,
    title: 'The database took too long',
    advice: 'Repeat after `Retry-After` seconds; narrow the search if it happens again.',
  },
  busy: {
    status: 503,
    title: 'The task is locked by another request',
    advice: 'Repeat after `Retry-After` seconds.',
  },
  'identity-provider-unavailable': {
    status: 503,
    title: 'The identity provider cannot be reached',
    advice:
      'The keys that verify tokens could not be read. Repeat after `Retry-After` seconds; nothing was done.',
  },
  'signing-key-unknown': {
    status: 503,
    title: 'The key of the bearer token is not known yet',
    advice:
      'It may be a new one: the keys of the identity provider are read again within seconds. Repeat after `Retry-After` seconds; nothing was done.',
  },
  overloaded: {
    status: 503,
    title: 'The server is overloaded',
    advice: 'Repeat after `Retry-After` seconds. Nothing was done.',
  },
  'shutting-down': {
    status: 503,
    title: 'The server is shutting down',
    advice: 'Send requests to another instance, or repeat after `Retry-After` seconds.',
  },
} as const satisfies Record<string, ProblemType>;

export type ProblemCode = keyof typeof PROBLEM_TYPES;
