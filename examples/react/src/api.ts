import { type components, createTaskApiClient, type Task, unwrap } from 'task-api-client';
import type { Neighbours } from './arrangement';
import { API_URL } from './api-url';
import { currentEmail, currentToken } from './session';

type CreateTask = components['schemas']['CreateTask'];
export type NewTask = Pick<
  CreateTask,
  'title' | 'due' | 'recurrence' | 'priority' | 'tags' | 'parent_id'
>;
export type TaskPage = components['schemas']['TaskPage'];

const PAGE_SIZE = 20;
const mine = { user_id: 'me' };
const api = createTaskApiClient({ baseUrl: API_URL, token: () => currentToken() ?? '' });

/** The ETag of each task that was answered alone: lists have none. It belongs to one `updated_at`. */
const tags = new Map<string, { readonly updatedAt: string; readonly etag: string }>();

export async function listTasks(cursor: string | undefined): Promise<TaskPage> {
  const query = {
    limit: PAGE_SIZE,
    sort: 'position' as const,
    ...(cursor !== undefined && { cursor }),
  };
  return unwrap(await api.GET('/api/{user_id}/tasks', { params: { path: mine, query } }));
}

export async function createTask(body: NewTask): Promise<Task> {
  return remembered(await api.POST('/api/{user_id}/tasks', { params: { path: mine }, body }));
}

/** Puts a task elsewhere in the order of the user. @throws TaskApiError */
export function moveTask(task: Task, neighbours: Neighbours): Promise<Task> {
  return api.move(task.id, neighbours);
}

/** Calls `onNews` whenever tasks have changed, in this tab or anywhere. @returns stops it */
export function followTasks(onNews: () => void): () => void {
  return api.live({ onChanges: onNews, onReset: onNews, sharedAs: currentEmail() });
}

/** Changes the task only if it still is as `shown`. @throws Error if it is not: TaskApiError 412, or `etagOf` */
export async function completeTask(shown: Task, completed: boolean): Promise<Task> {
  const params = {
    path: { ...mine, task_id: shown.id },
    header: { 'If-Match': await etagOf(shown) },
  };
  return remembered(
    await api.PATCH('/api/{user_id}/tasks/{task_id}/complete', { params, body: { completed } }),
  );
}

/** Of the version that is shown. @throws Error if the task has another one by now */
async function etagOf({ id, updated_at: updatedAt }: Task): Promise<string> {
  if (tags.get(id)?.updatedAt !== updatedAt) {
    const params = { path: { ...mine, task_id: id } };
    remembered(await api.GET('/api/{user_id}/tasks/{task_id}', { params }));
  }
  const known = tags.get(id);
  if (known?.updatedAt === updatedAt) return known.etag;
  throw new Error('This task has been changed elsewhere. The list now shows how it is.');
}

function remembered(answer: {
  data?: Task | undefined;
  error?: unknown;
  response: Response;
}): Task {
  const task = unwrap(answer);
  if (task === undefined) throw new Error('The answer has no task.');
  const etag = answer.response.headers.get('ETag');
  if (etag !== null) tags.set(task.id, { updatedAt: task.updated_at, etag });
  return task;
}
