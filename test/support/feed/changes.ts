import type { TaskBody } from '../http/answers';
import type { TestedApi } from '../app/tested-api';
import type { Caller } from '../app/tokens';

export interface DeletedTask {
  readonly id: string;
  readonly deleted_at: string;
}

/** A task, or what is left of one. */
export type ChangeBody = TaskBody | DeletedTask;

export interface ChangesBody {
  readonly items: readonly ChangeBody[];
  readonly next: string;
  readonly has_more: boolean;
}

export function isDeleted(change: ChangeBody): change is DeletedTask {
  return 'deleted_at' in change;
}

/** One page of changes. */
export async function changes(
  app: Pick<TestedApi, 'send'>,
  caller: Caller,
  query: { readonly after?: string; readonly limit?: number } = {},
): Promise<ChangesBody> {
  const parameters = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const search = new URLSearchParams(parameters).toString();
  const { status, text, body } = await app.send('get', `/api/me/tasks/changes?${search}`, caller);
  if (status !== 200) throw new Error(`${status} ${text}`);
  return body as ChangesBody;
}

/** Every page until there is nothing more. */
export async function allChanges(
  app: Pick<TestedApi, 'send'>,
  caller: Caller,
  query: { readonly after?: string; readonly limit?: number } = {},
): Promise<readonly ChangesBody[]> {
  const pages = [await changes(app, caller, query)];
  for (let page = pages[0]; page?.has_more === true; pages.push(page)) {
    page = await changes(app, caller, { ...query, after: page.next });
  }
  return pages;
}
