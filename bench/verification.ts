import { isDeepStrictEqual } from 'node:util';
import type { Client } from 'pg';
import { SHOWN_COLUMNS, positionSql } from '../src/tasks/task-fields';
import type { WorkingCopy } from './bench-database';
import type { Dataset } from './dataset';
import type { RouteName } from './routes';

/** A contestant does not do what the others do, so its figures would mean nothing. */
export class WrongAnswerError extends Error {}

interface Subject {
  readonly name: string;
  readonly url: string;
  readonly authenticates: boolean;
}

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly body: unknown;
}

type Send = (method: string, path: string, body?: object, token?: string) => Promise<Answer>;

const TITLE = 'Wähle „die richtige“ Antwort, "bitte" \\ 🙂';
const DESCRIPTION = 'Zwei\nZeilen';

/**
 * Checks that a server answers every route with the same fields and the values that are in the
 * database, and writes what it was told to.
 * @throws WrongAnswerError naming the route and both values
 */
export async function verifyAnswers(
  subject: Subject,
  routes: readonly RouteName[],
  dataset: Dataset,
  { owner }: WorkingCopy,
): Promise<void> {
  const heavy = dataset.shape.heavyEvery;
  const user = dataset.userId(heavy);
  const own = dataset.token(heavy);
  const tasks = `/api/${user}/tasks`;
  const id = dataset.taskId(heavy, 1);
  const send: Send = (method, path, body, token = own) =>
    request(`${subject.url}${path}`, method, token, body);
  const is = (what: string, actual: unknown, expected: unknown): void => {
    if (isDeepStrictEqual(actual, expected)) return;
    throw new WrongAnswerError(
      `${subject.name}: ${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`,
    );
  };
  const written = async (what: string, answer: Answer, status: number, change: object) => {
    is(`${what}: the status`, answer.status, status);
    const writtenId = status === 201 ? fieldOf(answer.body, 'id') : id;
    const [stored] = await storedTasks(owner, 'user_id = $1 and id = $2', [user, writtenId]);
    is(`${what}: the body`, answer.body, stored);
    is(`${what}: the task`, { ...stored, ...change }, stored);
    return String(writtenId);
  };
  const page = async (limit: number): Promise<void> => {
    const newest = await storedTasks(owner, 'user_id = $1', [user]);
    const first = await send('GET', `${tasks}?limit=${limit}`);
    is(`list of ${limit}: the status`, first.status, 200);
    is(`list of ${limit}: the page`, fieldOf(first.body, 'items'), newest.slice(0, limit));
    const cursor = encodeURIComponent(String(fieldOf(first.body, 'next_cursor')));
    const second = await send('GET', `${tasks}?limit=${limit}&cursor=${cursor}`);
    const expected = newest.slice(limit, 2 * limit);
    is(`list of ${limit}: the next page`, fieldOf(second.body, 'items'), expected);
  };
  const body = { title: TITLE, description: DESCRIPTION, completed: true };

  const checks: Record<RouteName, () => Promise<unknown>> = {
    get: async () => {
      const [stored] = await storedTasks(owner, 'user_id = $1 and id = $2', [user, id]);
      const answer = await send('GET', `${tasks}/${id}`);
      is('GET one', [answer.status, answer.body], [200, stored]);
      is('GET of no task', (await send('GET', `${tasks}/${dataset.taskId(1, 1)}`)).status, 404);
    },
    'list-20': () => page(20),
    'list-200': () => page(200),
    create: async () => {
      const answer = await send('POST', tasks, body);
      const created = await written('create', answer, 201, body);
      is('create: the location', answer.location, `${tasks}/${created}`);
    },
    put: async () => {
      await written('PUT', await send('PUT', `${tasks}/${id}`, body), 200, body);
      const cleared = { title: 'x', description: null, completed: false };
      await written('PUT', await send('PUT', `${tasks}/${id}`, cleared), 200, cleared);
    },
    patch: async () => {
      const title = { title: TITLE };
      await written('PATCH', await send('PATCH', `${tasks}/${id}`, title), 200, title);
    },
    toggle: async () => {
      for (const turn of [1, 2]) {
        const [before] = await storedTasks(owner, 'user_id = $1 and id = $2', [user, id]);
        const answer = await send('PATCH', `${tasks}/${id}/complete`);
        const completed = before?.['completed'] !== true;
        await written(`toggle ${turn}`, answer, 200, { completed });
      }
    },
    delete: async () => {
      const gone = dataset.taskId(heavy, 2);
      const answer = await send('DELETE', `${tasks}/${gone}`);
      is('DELETE', [answer.status, answer.body], [204, undefined]);
      const left = await storedTasks(owner, 'user_id = $1 and id = $2', [user, gone]);
      is('DELETE: what is left', left, []);
      is('DELETE again', (await send('DELETE', `${tasks}/${gone}`)).status, 404);
    },
  };
  for (const route of routes) await checks[route]();

  if (subject.authenticates) {
    is('without a token', (await send('GET', `${tasks}/${id}`, undefined, '')).status, 401);
    const other = dataset.token(heavy - 1);
    is("with another's token", (await send('GET', `${tasks}/${id}`, undefined, other)).status, 403);
  }
}

async function request(
  url: string,
  method: string,
  token: string,
  body: object | undefined,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== '' && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    location: response.headers.get('location'),
    body: text === '' ? undefined : isJson ? (JSON.parse(text) as unknown) : text,
  };
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}

/** Tasks as their JSON is to be, newest first, read past every server. */
async function storedTasks(
  owner: Client,
  condition: string,
  values: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  // The schema of another commit may lack some.
  const { rows: columns } = await owner.query<{ name: string }>(
    `select column_name as name from information_schema.columns where table_name = 'tasks'`,
  );
  const there = SHOWN_COLUMNS.filter((column) => columns.some(({ name }) => name === column));
  const shown = there.map((column) =>
    column === 'position' ? `${positionSql('tasks')} as position` : column,
  );
  const { rows } = await owner.query(
    `select ${shown.join(', ')} from tasks where ${condition} order by id desc`,
    [...values],
  );
  return JSON.parse(JSON.stringify(rows)) as Record<string, unknown>[];
}
