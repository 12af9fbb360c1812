import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase, WorkingCopy } from './bench-database';
import { TASK_API } from './contestants/contestants';
import { Dataset } from './dataset';
import { loadAtRate } from './load/open-loop';
import { sendAll } from './load/send-all';
import { cpuMs } from './process-usage';
import { Random } from './random';
import {
  GROWTH_OPERATIONS,
  type GrowthOperation,
  type GrowthSample,
  type GrowthSeries,
  type SearchSample,
} from './results';
import { type BenchRequest, deleteRequests, requestsFor } from './routes';
import { type RunningServer, startServer } from './server-process';

/** As many requests as each figure is the median of. */
const REQUESTS = 2_000;
const WARM_UP_REQUESTS = 1_000;
/** The same number at every size, so that only the data grow, not what caches hold. */
const ACTIVE_USERS = 1_000;
/** Small enough for the smallest size. */
const PAGE = 10;
const DEEP = 10_000;
const WALK_PAGE = 200;
/** Of the one user whose list is deep, at every size. */
const DEEP_TASKS = DEEP + 100;

const SEARCH_TASKS = 100_000;
const SEARCH_INTERVAL_MS = 1_000;
/** Requests per second beside the searches: far below saturation. */
const SEARCH_RATE = 500;

/** One size of the data, in a database of its own. */
export interface GrowthStage {
  readonly series: GrowthSeries;
  readonly size: number;
  readonly dataset: Dataset;
  readonly database: string;
}

/**
 * Tables of 10^4 tasks and more with 100 for each user, and tables of the same size with 10 and more
 * for each user. In each of them, one user has a list that is deep.
 */
export function growthStages(largest: number): GrowthStage[] {
  const stages: GrowthStage[] = [];
  const add = (series: GrowthSeries, size: number, users: number, tasksPerUser: number): void => {
    const tasksPerHeavyUser = Math.max(tasksPerUser, DEEP_TASKS);
    const dataset = new Dataset({ users, tasksPerUser, heavyEvery: users, tasksPerHeavyUser });
    stages.push({ series, size, dataset, database: `${series.replace('-', '_')}_${size}` });
  };
  for (let total = 10_000; total <= largest; total *= 10) add('total', total, total / 100, 100);
  const total = largest / 10;
  for (let tasks = 10; tasks <= total / 10; tasks *= 10) {
    add('per-user', tasks, total / tasks, tasks);
  }
  return stages;
}

/** This API, started on one stage. */
export class GrowthMeasurement {
  private constructor(
    private readonly stage: GrowthStage,
    private readonly postgresPid: number,
    private readonly copy: WorkingCopy,
    private readonly server: RunningServer,
  ) {}

  static async start(
    stage: GrowthStage,
    database: BenchDatabase,
    workDirectory: string,
  ): Promise<GrowthMeasurement> {
    const copy = await database.open(stage.database);
    const context = { dataset: stage.dataset, database: copy, connections: 0 };
    const server = await startServer(TASK_API, context, workDirectory);
    return new GrowthMeasurement(stage, database.pid, copy, server);
  }

  /** One client after the other's answer: the time of a request, not of a queue. */
  async measure(round: number): Promise<GrowthSample[]> {
    const { series, size } = this.stage;
    const samples: GrowthSample[] = [];
    for (const operation of new Random(round).shuffled(GROWTH_OPERATIONS)) {
      await this.#send(await this.#requests(operation, -round, WARM_UP_REQUESTS));
      const requests = await this.#requests(operation, round, REQUESTS);
      await this.copy.settle();
      const before = cpuMs(this.postgresPid);
      const p50 = await this.#send(requests);
      const postgresCpu = ((cpuMs(this.postgresPid) - before) * 1_000) / REQUESTS;
      samples.push({ series, size, operation, round, p50, postgresCpu });
    }
    return samples;
  }

  /** GET at a constant rate, with and without a search every second over a user's 10^5 tasks. */
  async measureBesideSearch(round: number, seconds: number): Promise<SearchSample[]> {
    const samples: SearchSample[] = [];
    for (const besideSearch of new Random(round).shuffled([false, true])) {
      const requests = await this.#requests('get', round, SEARCH_RATE * seconds);
      const end = new AbortController();
      const searches = besideSearch ? this.#searchUntil(end.signal) : Promise.resolve();
      const { url } = this.server;
      const { latency, failures } = await loadAtRate({ url, requests, rate: SEARCH_RATE });
      end.abort();
      await searches;
      if (failures > 0) throw new Error(`${failures} requests failed beside the searches`);
      samples.push({ round, besideSearch, p50: latency.p50, p99: latency.p99 });
    }
    return samples;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.copy.close();
  }

  /** @returns the median in milliseconds */
  async #send(requests: readonly BenchRequest[]): Promise<number> {
    const { latency, failed } = await sendAll(this.server.url, requests, 1);
    if (failed !== undefined) throw new Error(failed);
    return latency.p50;
  }

  async #requests(
    operation: GrowthOperation,
    seed: number,
    count: number,
  ): Promise<BenchRequest[]> {
    const { dataset } = this.stage;
    const plan = { dataset, distribution: 'uniform', seed, count } as const;
    const active = { ...plan, activeUsers: ACTIVE_USERS };
    switch (operation) {
      case 'get':
      case 'create':
      case 'toggle':
        return requestsFor(operation, active);
      case 'first page':
        return requestsFor('list-20', active).map(({ method, path, token }) => {
          return { method, path: path.replace('limit=20', `limit=${PAGE}`), token };
        });
      case 'long list':
        return Array<BenchRequest>(count).fill(this.#longList(PAGE));
      case 'deep page':
        return Array<BenchRequest>(count).fill(await this.#deepPage());
      case 'delete':
        return deleteRequests(dataset, await this.copy.addSpareTasks(dataset, count), count);
    }
  }

  #longList(limit: number, cursor = ''): BenchRequest {
    const { dataset } = this.stage;
    const user = dataset.shape.heavyEvery;
    const path = `/api/${dataset.userId(user)}/tasks?limit=${limit}${cursor}`;
    return { method: 'GET', path, token: dataset.token(user) };
  }

  /** Walks to the cursor behind 10,000 tasks as a client does. */
  async #deepPage(): Promise<BenchRequest> {
    let cursor = '';
    for (let walked = 0; walked < DEEP; walked += WALK_PAGE) {
      const page = await this.#fetch(this.#longList(WALK_PAGE, cursor));
      cursor = `&cursor=${(JSON.parse(page) as { next_cursor: string }).next_cursor}`;
    }
    return this.#longList(PAGE, cursor);
  }

  async #searchUntil(end: AbortSignal): Promise<void> {
    const search = this.#longList(PAGE, '&q=found+nowhere');
    while (!end.aborted) {
      await this.#fetch(search);
      await sleep(SEARCH_INTERVAL_MS, undefined, { signal: end }).catch(() => undefined);
    }
  }

  async #fetch({ path, token }: BenchRequest): Promise<string> {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${this.server.url}${path}`, { headers });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.text();
  }
}

/** The stage whose users have enough tasks for a search that takes its time. */
export function searchStage(stages: readonly GrowthStage[]): GrowthStage | undefined {
  return stages.find(({ series, size }) => series === 'per-user' && size === SEARCH_TASKS);
}
