import type { BenchDatabase, WorkingCopy } from './bench-database';
import { TASK_API } from './contestants/contestants';
import { Dataset, mixedShape } from './dataset';
import { HostileLoad } from './load/hostile-load';
import { HttpConnection } from './load/http-connection';
import { httpText } from './load/http-text';
import { Random } from './random';
import type { BenchRequest } from './routes';
import { type RunningServer, startServer } from './server-process';
import { median } from './statistics';

/** What a quiet user does, one request after the other's answer. */
export const QUIET_OPERATIONS = ['list', 'search', 'delete', 'erase account'] as const;
export type QuietOperation = (typeof QUIET_OPERATIONS)[number];

/** What one hostile user does all the time, and with which tasks. */
interface HostileKind {
  /** On the command line. */
  readonly key: string;
  readonly name: string;
  readonly tasks: number;
  readonly description: string;
  /** Behind that of the list; `{id}` is one of the tasks. */
  readonly path: string;
  readonly inFlight: number;
}

const SEED_LETTERS = 10_000;
const TREE = '\u{1f331}';
const RESEMBLING = encodeURIComponent(`${'a'.repeat(199)}b`);

export const HOSTILE_KINDS: readonly HostileKind[] = [
  {
    key: 'searches',
    name: '9 searches for what resembles each of 300 long texts',
    tasks: 300,
    description: 'a'.repeat(SEED_LETTERS),
    path: `?limit=1&q=${RESEMBLING}`,
    inFlight: 9,
  },
  {
    key: '4-pages',
    name: '4 pages of 8 MB',
    tasks: 200,
    description: TREE.repeat(SEED_LETTERS),
    path: '?limit=200',
    inFlight: 4,
  },
  {
    key: '12-pages',
    name: '12 pages of 8 MB',
    tasks: 200,
    description: TREE.repeat(SEED_LETTERS),
    path: '?limit=200',
    inFlight: 12,
  },
  {
    key: '2-mb-pages',
    name: '4 pages of 2 MB, of the default length',
    tasks: 50,
    description: TREE.repeat(SEED_LETTERS),
    path: '',
    inFlight: 4,
  },
  {
    key: 'reads',
    name: '64 tasks of 40 kB',
    tasks: 1,
    description: TREE.repeat(SEED_LETTERS),
    path: '/{id}',
    inFlight: 64,
  },
  {
    key: 'by-title',
    name: '8 pages of 8 MB by title',
    tasks: 200,
    description: TREE.repeat(SEED_LETTERS),
    path: '?limit=200&sort=title',
    inFlight: 8,
  },
  {
    key: 'short-reads',
    // Fair by itself: what the others are to be compared with on a machine of few processors.
    name: '64 short tasks',
    tasks: 1,
    description: '',
    path: '/{id}',
    inFlight: 64,
  },
];

/** One operation beside one kind of hostile user. */
export interface FairnessSample {
  readonly kind: string;
  readonly operation: QuietOperation;
  /** Medians in milliseconds. */
  readonly calm: number;
  readonly beside: number;
  /** Answers to the quiet user that were not 2xx. */
  readonly refused: number;
}

type Times = Readonly<Record<QuietOperation, number[]>>;

const QUIET_USER = 1;

/** This API, with a quiet user and hostile ones. */
export class FairnessMeasurement {
  /** One of each hostile user. */
  readonly #hostileTasks: string[] = [];
  #spare = 0;
  #erased = 0;

  private constructor(
    private readonly dataset: Dataset,
    private readonly copy: WorkingCopy,
    private readonly server: RunningServer,
  ) {}

  static async start(
    database: BenchDatabase,
    workDirectory: string,
    size: { readonly tasks: number; readonly users: number },
  ): Promise<FairnessMeasurement> {
    const dataset = new Dataset(mixedShape(size.tasks, size.users));
    await database.seed('fairness', dataset);
    const copy = await database.open('fairness');
    const context = { dataset, database: copy, connections: 0 };
    const server = await startServer(TASK_API, context, workDirectory);
    const measurement = new FairnessMeasurement(dataset, copy, server);
    for (const index of HOSTILE_KINDS.keys()) await measurement.#makeHostileUser(index);
    return measurement;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.copy.close();
  }

  /** @param repeats of each operation, calm and beside */
  async measure(index: number, repeats: number, seed: number): Promise<FairnessSample[]> {
    const kind = HOSTILE_KINDS[index];
    if (kind === undefined) return [];
    const calm = { times: noTimes(), refused: 0 };
    const beside = { times: noTimes(), refused: 0 };
    await this.#quietly(noTimes(), repeats);
    for (const part of new Random(seed).shuffled([calm, beside])) {
      await this.copy.settle();
      const hostile = part === beside ? await this.#startHostile(index) : undefined;
      part.refused = await this.#quietly(part.times, repeats);
      await hostile?.stop();
    }
    return QUIET_OPERATIONS.map((operation) => ({
      kind: kind.name,
      operation,
      calm: median(calm.times[operation]),
      beside: median(beside.times[operation]),
      refused: calm.refused + beside.refused,
    }));
  }

  #startHostile(index: number): Promise<HostileLoad> {
    const { path, inFlight } = HOSTILE_KINDS[index] ?? { path: '', inFlight: 0 };
    const user = this.#hostileUser(index);
    return HostileLoad.start({
      url: this.server.url,
      token: this.dataset.token(user),
      path: `/api/me/tasks${path.replace('{id}', this.#hostileTasks[index] ?? '')}`,
      inFlight,
    });
  }

  /** @returns how many answers were refusals */
  async #quietly(times: Times, repeats: number): Promise<number> {
    const connection = await HttpConnection.open(this.server.url);
    let refused = 0;
    try {
      for (let n = 0; n < repeats; n += 1) {
        for (const operation of QUIET_OPERATIONS) {
          const request = await this.#request(operation, connection);
          const sent = performance.now();
          const status = await connection.send(httpText(request));
          times[operation].push(performance.now() - sent);
          if (status < 200 || status > 299) refused += 1;
        }
      }
    } finally {
      connection.close();
    }
    return refused;
  }

  async #request(operation: QuietOperation, connection: HttpConnection): Promise<BenchRequest> {
    const token = this.dataset.token(QUIET_USER);
    switch (operation) {
      case 'list':
        return { method: 'GET', path: '/api/me/tasks?limit=5', token };
      case 'search':
        return { method: 'GET', path: '/api/me/tasks?limit=5&q=supplier', token };
      case 'delete':
        return { method: 'DELETE', path: `/api/me/tasks/${await this.#spareTask()}`, token };
      case 'erase account':
        return { method: 'DELETE', path: '/api/users/me', token: await this.#account(connection) };
    }
  }

  /** The id of a task of the quiet user that may go. */
  async #spareTask(): Promise<string> {
    this.#spare += 1;
    const { rows } = await this.copy.owner.query<{ id: string }>(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
         values ($1, uuidv7(), 'spare ' || $2, false, 1, now(), now()) returning id`,
      [this.dataset.userId(QUIET_USER), this.#spare],
    );
    return rows[0]?.id ?? '';
  }

  /** The token of somebody who has just made an account. */
  async #account(connection: HttpConnection): Promise<string> {
    this.#erased += 1;
    const { users } = this.dataset.shape;
    const token = this.dataset.token(users + HOSTILE_KINDS.length + this.#erased);
    await connection.send(httpText({ method: 'POST', path: '/api/users', token }));
    return token;
  }

  async #makeHostileUser(index: number): Promise<void> {
    const { tasks, description } = HOSTILE_KINDS[index] ?? { tasks: 0, description: '' };
    const userId = this.dataset.userId(this.#hostileUser(index));
    await this.copy.owner.query('insert into users (id, created_at) values ($1, now())', [userId]);
    const { rows } = await this.copy.owner.query<{ id: string }>(
      `insert into tasks (user_id, id, title, description, completed, version, created_at, updated_at)
         select $1, uuidv7(), 'task ' || n, $2, false, 1, now(), now() from generate_series(1, $3) n
         returning id`,
      [userId, description, tasks],
    );
    this.#hostileTasks[index] = rows[0]?.id ?? '';
  }

  #hostileUser(index: number): number {
    return this.dataset.shape.users + 1 + index;
  }
}

function noTimes(): Times {
  return { list: [], search: [], delete: [], 'erase account': [] };
}
