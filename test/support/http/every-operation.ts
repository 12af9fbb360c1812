import { expect } from '@jest/globals';
import { type Method, sendTo, type TestedApi } from '../app/tested-api';
import type { Caller } from '../app/tokens';
import { EventReader } from './event-reader';

/**
 * A new user does everything that the API offers, once, and goes.
 * @returns the operations, as the document names them
 */
export async function callEveryOperation(
  api: Pick<TestedApi, 'url' | 'documented'>,
  caller: Caller,
): Promise<ReadonlySet<string>> {
  const called = new Set<string>();
  const call = async (method: Method, path: string, body?: object) => {
    const template = path
      .replace(/\?.*/, '')
      .replace('/me/', '/{user_id}/')
      .replace('/users/me', '/users/{user_id}')
      .replace(/[0-9a-f]{8}-[-0-9a-f]+/, '{task_id}');
    called.add(`${method} ${template}`);
    const answer = await sendTo(api, method, path, caller).send(body);
    expect(`${method} ${path}: ${answer.status}`).toMatch(/: 20[014]$/);
    return answer;
  };
  await call('post', '/api/users');
  const { id } = (await call('post', '/api/me/tasks', { title: 'Grüße' })).body as { id: string };
  const one = `/api/me/tasks/${id}`;
  await call('get', one);
  await call('get', '/api/me/tasks?limit=20');
  await call('get', '/api/me/tasks?q=GRÜ');
  await call('get', '/api/me/tasks/summary');
  await call('put', one, { title: 'replaced' });
  await call('patch', one, { priority: 1 });
  await call('patch', `${one}/complete`);
  await call('get', '/api/me/export');
  const create = { operation: 'create', task: { title: 'of a bulk' } };
  const bulk = (await call('post', '/api/me/tasks/bulk', { operations: [create] })).body as {
    results: { task: { id: string } }[];
  };
  await call('post', `${one}/move`, { after: bulk.results[0]?.task.id });
  await call('get', '/api/me/tasks/changes');
  const stream = await EventReader.open(api.url, caller);
  called.add('get /api/{user_id}/tasks/events');
  await call('delete', one);
  expect((await stream.next()).event).toBe('deleted');
  stream.close();
  await call('get', '/api/me/trash');
  await call('post', `/api/me/trash/${id}/restore`);
  await call('delete', one);
  await call('delete', `/api/me/trash/${id}`);
  await call('get', '/api/users/me');
  await call('get', '/health/live');
  await call('get', '/health/ready');
  await call('delete', '/api/users/me');
  return called;
}
