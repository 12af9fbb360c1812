import type { Dataset } from './dataset';
import { type Distribution, numberSource, Random } from './random';

export const ROUTES = {
  get: 'GET one',
  'list-20': 'list of 20',
  'list-200': 'list of 200',
  create: 'create',
  put: 'PUT',
  patch: 'PATCH',
  toggle: 'toggle',
  delete: 'DELETE',
} as const;
export type RouteName = keyof typeof ROUTES;
export const ROUTE_NAMES = Object.keys(ROUTES) as RouteName[];

export interface BenchRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly token: string;
  readonly body?: string;
}

export interface RequestPlan {
  readonly dataset: Dataset;
  readonly distribution: Distribution;
  readonly seed: number;
  readonly count: number;
  /** How many users they come from, evenly chosen; all, if absent. */
  readonly activeUsers?: number;
}

/** Requests over many users and tasks, the same ones for the same seed. DELETE has its own. */
export function requestsFor(
  route: Exclude<RouteName, 'delete'>,
  { dataset, distribution, seed, count, activeUsers = dataset.shape.users }: RequestPlan,
): BenchRequest[] {
  const random = new Random(seed);
  const { users, heavyEvery } = dataset.shape;
  const stride = route === 'list-200' ? heavyEvery : Math.ceil(users / activeUsers);
  const drawn = numberSource(distribution, Math.floor(users / stride), random);
  return Array.from({ length: count }, (_, index) => {
    const user = drawn() * stride;
    const task = random.integer(1, dataset.tasksOf(user));
    return requestFor(route, dataset, { user, task, index });
  });
}

/** One request of each user, so that nobody is measured while a server checks a token for the first time. */
export function firstRequests(dataset: Dataset): BenchRequest[] {
  return Array.from({ length: dataset.shape.users }, (_, index) =>
    requestFor('get', dataset, { user: index + 1, task: 1, index }),
  );
}

/** Deletes the spare tasks from number `first` on, each of them once. */
export function deleteRequests(dataset: Dataset, first: number, count: number): BenchRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const user = dataset.spareOwner(first + index);
    const path = `/api/${dataset.userId(user)}/tasks/${dataset.spareId(first + index)}`;
    return { method: 'DELETE', path, token: dataset.token(user) };
  });
}

function requestFor(
  route: Exclude<RouteName, 'delete'>,
  dataset: Dataset,
  { user, task, index }: { user: number; task: number; index: number },
): BenchRequest {
  const token = dataset.token(user);
  const tasks = `/api/${dataset.userId(user)}/tasks`;
  const one = `${tasks}/${dataset.taskId(user, task)}`;
  const title = `Ask the supplier about order ${index}`;
  const description = 'They promised an answer by the end of the week.';
  const completed = index % 2 === 0;
  switch (route) {
    case 'get':
      return { method: 'GET', path: one, token };
    case 'list-20':
      return { method: 'GET', path: `${tasks}?limit=20`, token };
    case 'list-200':
      return { method: 'GET', path: `${tasks}?limit=200`, token };
    case 'create':
      return { method: 'POST', path: tasks, token, body: json({ title, description, completed }) };
    case 'put':
      return { method: 'PUT', path: one, token, body: json({ title, description, completed }) };
    case 'patch':
      return { method: 'PATCH', path: one, token, body: json({ title }) };
    case 'toggle':
      return { method: 'PATCH', path: `${one}/complete`, token };
  }
}

function json(value: object): string {
  return JSON.stringify(value);
}
