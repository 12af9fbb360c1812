import type { Client } from 'openapi-fetch';
import type { components, operations, paths } from './schema.js';
import { TaskApiError, unwrap } from './task-api-error.js';

export type ChangesPage = components['schemas']['ChangesPage'];
export type DeletedTask = components['schemas']['DeletedTask'];
/** A task as it is now, or what is left of one that was deleted. */
export type Change = ChangesPage['items'][number];

type ChangesQuery = NonNullable<operations['listChanges']['parameters']['query']>;

export interface ChangesOptions extends Pick<ChangesQuery, 'limit'> {
  /** The last token that `onToken` was given; absent to begin with all tasks. */
  readonly after?: string;
  /** Called when every change of a page has been taken. Store the token together with them. */
  readonly onToken?: (token: string) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export function isDeleted(change: Change): change is DeletedTask {
  return 'deleted_at' in change;
}

/** Whether the server cannot tell any more what has changed since a token: begin without one. */
export function isExpired(error: unknown): boolean {
  return error instanceof TaskApiError && error.code === 'sync-token-expired';
}

/** One page of changes. @throws TaskApiError */
export async function changesPage(
  client: Client<paths>,
  query: ChangesQuery,
  signal: AbortSignal | undefined,
): Promise<ChangesPage> {
  return unwrap(
    await client.GET('/api/{user_id}/tasks/changes', {
      params: { path: { user_id: 'me' }, query },
      ...(signal && { signal }),
    }),
  );
}

/** What has changed, in its order, until nothing is left. */
export async function* listChanges(
  client: Client<paths>,
  { after, limit, onToken, signal }: ChangesOptions = {},
): AsyncGenerator<Change, void, undefined> {
  let token = after;
  for (let hasMore = true; hasMore;) {
    const query = { ...(token !== undefined && { after: token }), ...(limit && { limit }) };
    const page = await changesPage(client, query, signal);
    yield* page.items;
    token = page.next;
    hasMore = page.has_more;
    await onToken?.(token);
  }
}
