import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkingCopy } from './bench-database';
import type { Contestant, PeerContestant } from './contestants/contestants';
import type { ServerContestant } from './contestants/server-contestant';
import type { Dataset } from './dataset';
import type { LoadGenerator } from './load/load-generator';
import { type LoadResult, RequestsExhaustedError, type TimedLoadResult } from './load/load-result';
import { loadAtRate } from './load/open-loop';
import { sendAll } from './load/send-all';
import { cpuMs, residentMib } from './process-usage';
import type { Distribution } from './random';
import {
  type BenchRequest,
  deleteRequests,
  firstRequests,
  requestsFor,
  type RouteName,
} from './routes';
import { type Detour, throughPgBouncer } from './pooler';
import { type RunningServer, startServer } from './server-process';
import { verifyAnswers } from './verification';

/** Distinct requests of a closed loop; long enough that no cache of a server holds them all. */
const DISTINCT_REQUESTS = 50_000;
/** A generator that takes less from the server than the warm-up does reaches more than its rate. */
const SPARE_TASKS_MARGIN = 4;
const IDLE_SETTLE_MS = 1_000;

/** What all contestants have in common. */
export interface Bench {
  readonly dataset: Dataset;
  /** The data for the next contestant, as if nobody had touched them. */
  readonly freshCopy: (contestant?: Contestant) => Promise<WorkingCopy>;
  /** The way to the data, if it is a longer one. */
  readonly reach?: (copy: Pick<WorkingCopy, 'endpoint'>) => Promise<Detour>;
  /** Of the server, or of each of them. */
  readonly postgresPids: readonly number[];
  readonly generator: LoadGenerator;
  readonly distribution: Distribution;
  /** Connections of the closed loop. */
  readonly connections: number;
  readonly workDirectory: string;
}

/** Processor time per request in microseconds. */
export interface CpuPerRequest {
  readonly serverCpu?: number;
  readonly postgresCpu: number;
}

/** One contestant at work on the data. */
export class ServerUnderTest {
  /** Requests per second of the last warm-up of DELETE, to know how many tasks it needs. */
  #deletesPerSecond = 1_000;

  private constructor(
    private readonly contestant: ServerContestant | PeerContestant,
    private readonly bench: Bench,
    private readonly copy: WorkingCopy,
    private readonly server: RunningServer,
  ) {}

  /** @param connections size of the pool, for contestants that have one */
  static async start(
    contestant: ServerContestant | PeerContestant,
    bench: Bench,
    connections: number,
  ): Promise<ServerUnderTest> {
    const { dataset, workDirectory } = bench;
    const copy = await bench.freshCopy(contestant);
    if (contestant.kind === 'peer') {
      const server = { url: contestant.url, stop: () => Promise.resolve() };
      return new ServerUnderTest(contestant, bench, copy, server);
    }
    const pooler = contestant.isPooled === true ? await throughPgBouncer(copy) : undefined;
    const detour = await bench.reach?.(pooler ?? copy);
    const context = { dataset, database: detour ?? pooler ?? copy, connections };
    const server = await startServer(contestant, context, workDirectory);
    const stop = async (): Promise<void> => {
      await server.stop();
      await detour?.stop();
      await pooler?.stop();
    };
    return new ServerUnderTest(contestant, bench, copy, { ...server, stop });
  }

  /** @throws WrongAnswerError */
  async verify(routes: readonly RouteName[]): Promise<void> {
    const { name, authenticates } = this.contestant;
    const subject = { name, url: this.server.url, authenticates };
    await verifyAnswers(subject, routes, this.bench.dataset, this.copy);
  }

  /** @throws Error when a request fails */
  async meetUsers(): Promise<void> {
    const { dataset, connections } = this.bench;
    await this.#sendAll(firstRequests(dataset), connections);
  }

  /** @throws Error when a request fails */
  async warmUp(route: RouteName, seed: number, count: number): Promise<void> {
    const plan = await this.#requests(route, seed, count);
    const { requests, seconds } = await this.#sendAll(plan, this.bench.connections);
    if (route === 'delete') this.#deletesPerSecond = requests / seconds;
  }

  /** Throughput, latency and processor time with every connection always waiting for an answer. */
  async saturate(
    route: RouteName,
    seed: number,
    seconds: number,
  ): Promise<LoadResult & CpuPerRequest> {
    const once = route === 'delete';
    let count = once
      ? Math.ceil(this.#deletesPerSecond * SPARE_TASKS_MARGIN * (seconds + 1))
      : DISTINCT_REQUESTS;
    for (;;) {
      const requests = await this.#requests(route, seed, count);
      await this.copy.settle();
      try {
        return await this.#saturateWith(requests, seconds, once);
      } catch (error) {
        if (!(error instanceof RequestsExhaustedError)) throw error;
        count *= 2;
      }
    }
  }

  /** Latency at a constant rate. */
  async loadAtRate(
    route: RouteName,
    seed: number,
    { rate, seconds }: { rate: number; seconds: number },
  ): Promise<LoadResult> {
    const requests = await this.#requests(route, seed, Math.ceil(rate * seconds));
    await this.copy.settle();
    return loadAtRate({ url: this.server.url, requests, rate });
  }

  /** Memory now, and processor time while nobody asks for anything. */
  async idleUsage(seconds: number): Promise<{ residentMib: number; idleCpu: number } | undefined> {
    const { pid } = this.server;
    if (pid === undefined) return undefined;
    const resident = residentMib(pid);
    await sleep(IDLE_SETTLE_MS);
    const before = cpuMs(pid);
    await sleep(seconds * 1_000);
    return { residentMib: resident, idleCpu: (cpuMs(pid) - before) / seconds };
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.copy.close();
  }

  async #sendAll(requests: readonly BenchRequest[], connections: number): Promise<TimedLoadResult> {
    const { failed, ...result } = await sendAll(this.server.url, requests, connections);
    if (failed !== undefined) throw new Error(`${this.contestant.name}: ${failed}`);
    return result;
  }

  async #saturateWith(
    requests: readonly BenchRequest[],
    seconds: number,
    once: boolean,
  ): Promise<LoadResult & CpuPerRequest> {
    const { pid, url } = this.server;
    const { postgresPids, generator, connections } = this.bench;
    const serverBefore = pid === undefined ? 0 : cpuMs(pid);
    const postgresBefore = cpuMs(...postgresPids);
    const result = await generator.run({ url, requests, connections, seconds, once });
    const perRequest = (ms: number): number => (ms * 1_000) / result.requests;
    return {
      ...result,
      ...(pid !== undefined && { serverCpu: perRequest(cpuMs(pid) - serverBefore) }),
      postgresCpu: perRequest(cpuMs(...postgresPids) - postgresBefore),
    };
  }

  async #requests(route: RouteName, seed: number, count: number): Promise<BenchRequest[]> {
    const { dataset, distribution } = this.bench;
    if (route !== 'delete') return requestsFor(route, { dataset, distribution, seed, count });
    return deleteRequests(dataset, await this.copy.addSpareTasks(dataset, count), count);
  }
}
