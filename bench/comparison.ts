import { type Contestant, PRODUCT_CONNECTIONS } from './contestants/contestants';
import { loadWithPgbench, type Pgbench } from './contestants/pgbench';
import type { Options } from './options';
import { cpuMs } from './process-usage';
import { Random } from './random';
import type { ClosedLoopSample, OpenLoopSample, ProcessSample } from './results';
import type { RouteName } from './routes';
import { type Bench, ServerUnderTest } from './server-under-test';
import { median } from './statistics';

const OPEN_LOOP_SHARES = [0.5, 0.8];
/** What pgbench may delete per second: more than any PostgreSQL of this size does. */
const PGBENCH_DELETES_PER_SECOND = 30_000;
/** Its time includes connecting. */
const PGBENCH_LEAST_SECONDS = 2;

type Settings = Pick<
  Options,
  | 'contestants'
  | 'routes'
  | 'rounds'
  | 'seconds'
  | 'warmup'
  | 'openLoopRounds'
  | 'openLoopSeconds'
  | 'idleSeconds'
>;

interface Tools {
  readonly pgbench: Pgbench | undefined;
  /** Connections to PostgreSQL, by contestant. */
  readonly poolSizes: ReadonlyMap<string, number>;
  readonly progress: (what: string) => void;
}

/**
 * Measures the contestants in random order, again in each round, so that whatever the machine does
 * meanwhile falls on all alike. Each starts afresh, on the same data, and gets the same requests.
 */
export class Comparison {
  readonly closedLoop: ClosedLoopSample[] = [];
  readonly openLoop: OpenLoopSample[] = [];
  readonly processes: ProcessSample[] = [];
  readonly #random = new Random(Date.now());

  constructor(
    private readonly bench: Bench,
    private readonly settings: Settings,
    private readonly tools: Tools,
  ) {}

  /** @throws WrongAnswerError before anything is measured, when a contestant answers otherwise */
  async run(): Promise<void> {
    const { contestants, routes, rounds, openLoopRounds } = this.settings;
    const servers = contestants.filter(({ kind }) => kind !== 'pgbench');
    for (const contestant of servers) await this.#verify(contestant);
    for (let round = 1; round <= rounds; round += 1) {
      const order = this.#random.shuffled(routes);
      for (const contestant of this.#random.shuffled(contestants)) {
        this.tools.progress(`round ${round} of ${rounds}: ${contestant.name}`);
        if (contestant.kind === 'pgbench') await this.#saturatePostgres(round, order);
        else await this.#saturate(contestant, round, order);
      }
    }
    for (let round = 1; round <= openLoopRounds; round += 1) {
      const order = this.#random.shuffled(routes);
      for (const contestant of this.#random.shuffled(servers)) {
        this.tools.progress(`constant rate ${round} of ${openLoopRounds}: ${contestant.name}`);
        await this.#loadAtRates(contestant, round, order);
      }
    }
  }

  async #verify(contestant: Contestant): Promise<void> {
    await this.#withServer(contestant, async (server) => {
      this.tools.progress(`verifying ${contestant.name}`);
      await server.verify(this.settings.routes);
    });
  }

  async #saturate(
    contestant: Contestant,
    round: number,
    routes: readonly RouteName[],
  ): Promise<void> {
    const { warmup, seconds, idleSeconds } = this.settings;
    await this.#withServer(contestant, async (server) => {
      await server.meetUsers();
      for (const route of routes) {
        await server.warmUp(route, -round, warmup);
        const sample = await server.saturate(route, round, seconds);
        this.closedLoop.push({ round, contestant: contestant.name, route, ...sample });
      }
      const usage = await server.idleUsage(idleSeconds);
      if (usage !== undefined) {
        this.processes.push({ round, contestant: contestant.name, ...usage });
      }
    });
  }

  async #saturatePostgres(round: number, routes: readonly RouteName[]): Promise<void> {
    const { pgbench } = this.tools;
    if (pgbench === undefined) return;
    const { postgresPids, dataset, workDirectory } = this.bench;
    const connections = PRODUCT_CONNECTIONS;
    const seconds = Math.max(this.settings.seconds, PGBENCH_LEAST_SECONDS);
    const copy = await this.bench.freshCopy();
    for (const route of routes) {
      const count = route === 'delete' ? PGBENCH_DELETES_PER_SECOND * seconds : 0;
      const spare = { first: await copy.addSpareTasks(dataset, count), count };
      await copy.settle();
      const before = cpuMs(...postgresPids);
      const work = { pgbench, dataset, database: copy, route, connections, seconds, spare };
      const result = await loadWithPgbench({ ...work, workDirectory });
      const postgresCpu = ((cpuMs(...postgresPids) - before) * 1_000) / result.requests;
      this.closedLoop.push({ round, contestant: 'pgbench', route, ...result, postgresCpu });
    }
    await copy.close();
  }

  async #loadAtRates(
    contestant: Contestant,
    round: number,
    routes: readonly RouteName[],
  ): Promise<void> {
    const { warmup, openLoopSeconds: seconds } = this.settings;
    const { name } = contestant;
    await this.#withServer(contestant, async (server) => {
      await server.meetUsers();
      for (const route of routes) {
        await server.warmUp(route, -round, warmup);
        for (const share of OPEN_LOOP_SHARES) {
          const rate = share * this.#saturationOfSlower(route);
          // Beyond its own saturation a queue grows, and the figure says how long one waited.
          if (rate > this.#saturation(name, route)) continue;
          const result = await server.loadAtRate(route, round, { rate, seconds });
          this.openLoop.push({ round, contestant: name, route, share, rate, ...result });
        }
      }
    });
  }

  /** Of the first two servers, which are to be compared. */
  #saturationOfSlower(route: RouteName): number {
    const servers = this.settings.contestants.filter(({ kind }) => kind !== 'pgbench');
    return Math.min(...servers.slice(0, 2).map(({ name }) => this.#saturation(name, route)));
  }

  /** Requests per second. */
  #saturation(contestant: string, route: RouteName): number {
    const samples = this.closedLoop.filter(
      (sample) => sample.contestant === contestant && sample.route === route,
    );
    return median(samples.map(({ requests, seconds }) => requests / seconds));
  }

  async #withServer(
    contestant: Contestant,
    use: (server: ServerUnderTest) => Promise<void>,
  ): Promise<void> {
    if (contestant.kind === 'pgbench') return;
    const connections = this.tools.poolSizes.get(contestant.name) ?? 0;
    const server = await ServerUnderTest.start(contestant, this.bench, connections);
    try {
      await use(server);
    } finally {
      await server.stop();
    }
  }
}
