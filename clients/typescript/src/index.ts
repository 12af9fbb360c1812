import createClient, { type Client, type Middleware } from 'openapi-fetch';
import { type BulkOperation, type BulkResult, carryOut } from './bulk.js';
import { type Change, type ChangesOptions, listChanges } from './changes.js';
import { newIdempotencyKey } from './idempotency-key.js';
import { followTasks, type LiveOptions } from './live.js';
import { ReadAfter } from './read-after.js';
import { type Fetch, type RetryOptions, retrying } from './retry.js';
import type { components, operations, paths } from './schema.js';
import { unwrap } from './task-api-error.js';

export {
  type Change,
  type ChangesOptions,
  type DeletedTask,
  isDeleted,
  isExpired,
} from './changes.js';
export type { BulkOperation, BulkResult } from './bulk.js';
export { newIdempotencyKey } from './idempotency-key.js';
export type { LiveOptions } from './live.js';
export type { RetryOptions } from './retry.js';
export type { components, operations, paths } from './schema.js';
export { type Problem, TaskApiError, unwrap } from './task-api-error.js';

export type Task = components['schemas']['Task'];
export type MoveTask = components['schemas']['MoveTask'];

export interface TaskApiClientOptions {
  /** Where the API is, without `/api`: `https://tasks.example.com`. */
  readonly baseUrl: string;
  /** The access token, without `Bearer`; a function is asked before each call, so it can renew it. */
  readonly token: string | (() => string | Promise<string>);
  /** Instead of the global fetch. */
  readonly fetch?: Fetch;
  readonly retry?: RetryOptions;
}

type ListQuery = NonNullable<operations['listTasks']['parameters']['query']>;

/** Filters and order as the list of tasks takes them; `limit` is the size of a page. */
export interface TaskListOptions extends Omit<ListQuery, 'cursor'> {
  readonly signal?: AbortSignal;
}

/** GET, POST, PUT, PATCH and DELETE of openapi-fetch, typed by the contract, and what takes several requests. */
export interface TaskApiClient extends Client<paths> {
  /**
   * All tasks of the caller that match, page after page as they are asked for.
   * @throws TaskApiError
   */
  tasks(options?: TaskListOptions): AsyncGenerator<Task, void, undefined>;
  /**
   * What has changed among the tasks of the caller, until nothing is left; without `after` all tasks
   * come first.
   * @throws TaskApiError whose `code` is `sync-token-expired` where changes may be missing
   */
  changes(options?: ChangesOptions): AsyncGenerator<Change, void, undefined>;
  /**
   * Carries out many writes in few requests. Each one is made or refused as its own request would be, and
   * is safe to repeat: it gets an `idempotency_key` unless it has one. The results are in the same order.
   * @throws TaskApiError where a whole request is refused, as with 429
   */
  bulk(operations: readonly BulkOperation[], signal?: AbortSignal): Promise<readonly BulkResult[]>;
  /**
   * Puts a task behind one task, before another, or between both, in the order of all tasks of the caller:
   * that of `position`. It gets an `Idempotency-Key`, so it is repeated.
   * @returns the task with its new position
   * @throws TaskApiError whose `code` is `move-conflict` where a neighbour is not there, or elsewhere
   */
  move(taskId: string, neighbours: MoveTask, signal?: AbortSignal): Promise<Task>;
  /** Follows the tasks of the caller, also across tabs and interruptions. @returns stops it */
  live(options: LiveOptions): () => void;
}

export function createTaskApiClient({
  baseUrl,
  token,
  fetch = (request) => globalThis.fetch(request),
  retry,
}: TaskApiClientOptions): TaskApiClient {
  const client = createClient<paths>({ baseUrl, fetch: retrying(fetch, retry) });
  const readAfter = new ReadAfter();
  client.use(authorizing(token), keyingWrites, strengtheningTags, readAfter);
  const repeating = createClient<paths>({ baseUrl, fetch: retrying(fetch, retry, () => true) });
  repeating.use(authorizing(token), readAfter);
  return {
    ...client,
    tasks: (options) => listTasks(client, options),
    changes: (options) => listChanges(client, options),
    bulk: (operations, signal) => carryOut(repeating, operations, signal),
    move: (taskId, neighbours, signal) => moveTask(client, taskId, neighbours, signal),
    live: (options) => followTasks(client, options, (token) => readAfter.seen(token)),
  };
}

function authorizing(token: TaskApiClientOptions['token']): Middleware {
  return {
    onRequest: async ({ request }) => {
      const current = typeof token === 'string' ? token : await token();
      request.headers.set('Authorization', `Bearer ${current}`);
    },
  };
}

/** Before any attempt, so that all of them carry the same key. */
const keyingWrites: Middleware = {
  onRequest: ({ request: { method, headers }, schemaPath }) => {
    if (headers.has('Idempotency-Key')) return;
    const isCreate = method === 'POST' && schemaPath === '/api/{user_id}/tasks';
    const isToggle = schemaPath.endsWith('/complete') && !headers.has('Content-Type');
    if (isCreate) headers.set('Idempotency-Key', newIdempotencyKey());
    else if (isToggle || schemaPath.endsWith('/move'))
      headers.set('Idempotency-Key', crypto.randomUUID());
  },
};

/** A proxy that compresses answers makes their `ETag` weak, which `If-Match` never takes. */
const strengtheningTags: Middleware = {
  onRequest: ({ request }) => {
    const tags = request.headers.get('If-Match');
    if (tags !== null) request.headers.set('If-Match', tags.replaceAll(/(?<!")W\/(?=")/g, ''));
  },
};

async function* listTasks(
  client: Client<paths>,
  { signal, ...filters }: TaskListOptions = {},
): AsyncGenerator<Task, void, undefined> {
  let cursor: string | null = null;
  do {
    const query: ListQuery = cursor === null ? filters : { ...filters, cursor };
    const page: components['schemas']['TaskPage'] = unwrap(
      await client.GET('/api/{user_id}/tasks', {
        params: { path: { user_id: 'me' }, query },
        ...(signal && { signal }),
      }),
    );
    yield* page.items;
    cursor = page.next_cursor;
  } while (cursor !== null);
}

async function moveTask(
  client: Client<paths>,
  taskId: string,
  body: MoveTask,
  signal?: AbortSignal,
): Promise<Task> {
  const params = { path: { user_id: 'me', task_id: taskId } };
  const path = '/api/{user_id}/tasks/{task_id}/move';
  const task = unwrap(await client.POST(path, { params, body, ...(signal && { signal }) }));
  if (task === undefined) throw new TypeError('The answer has no task.');
  return task;
}
