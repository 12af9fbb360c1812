import { Logger } from '@nestjs/common';
import cluster from 'node:cluster';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import type { Registry } from 'prom-client';
import { openDevelopmentIssuerKey } from '../../auth/development-issuer/development-issuer-key';
import type { Env } from '../../config/env';
import { limitsHeap } from '../../config/sources/process-environment';
import type { DatabaseEndpoint } from '../../database/session/connection-settings';
import { DatabaseSession } from '../../database/session/database-session';
import { checkIsolation } from '../../database/isolation/isolation-gate';
import { machineMemory } from '../../memory/machine-memory';
import { NOT_CHECKED_YET } from '../../user-scope/isolation-status';
import { IsolationWatch } from '../../database/isolation/isolation-watch';
import { logOutput } from '../../logging/log-output';
import { PinoLog } from '../../logging/pino-log';
import type { HttpService } from '../http-service';
import { workerHeapOptions, WorkerProcess } from './worker-process';
import type { Assignment } from './worker-messages';
import { WorkerMetrics } from './worker-metrics';

/** A worker that served for a shorter time counts as failed at once. */
const STEADY_AFTER_MS = 10_000;
const MOST_QUICK_ENDS = 5;
const FIRST_PAUSE_MS = 250;

/** Serves HTTP by WORKERS processes, and restarts one that exits. */
export async function serve(
  env: Env,
  database: Promise<Pick<DatabaseEndpoint, 'api'>>,
): Promise<HttpService> {
  Logger.overrideLogger(new PinoLog(env, await logOutput(env)));
  // The primary accepts connections and distributes them in turn, at a cost per connection, not per
  // request. If workers competed to accept (SCHED_NONE), a busy one would win more and keep them: with
  // keep-alive, an uneven start lasts for hours.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const nodeLimit = getHeapStatistics().heap_size_limit;
  const heap = limitsHeap() ? [] : workerHeapOptions(env.workers, nodeLimit, machineMemory());
  cluster.setupPrimary({
    exec: join(__dirname, 'worker.js'),
    execArgv: [...process.execArgv, ...heap],
  });
  const workers = new Workers(env.workers);
  process.once('exit', () => {
    workers.signalKill();
  });
  try {
    const { api } = await database;
    // Created before any worker starts, so that none uses a key that another one replaces.
    if (env.auth.mode === 'development-issuer') openDevelopmentIssuerKey(env.dataDir);
    const watch = new IsolationWatch(
      async () => checkIsolation((await DatabaseSession.negotiate(api)).config, env.database.scope),
      env.isolationIntervalMs,
    );
    const url = await workers.serve({ type: 'serve', env, embedded: { api } }, watch);
    return {
      url,
      ...(env.admin !== undefined && { metrics: () => workers.metrics() }),
      failed: workers.failed,
      stop: () => workers.stop(),
    };
  } catch (error) {
    await workers.kill();
    throw error;
  }
}

class Workers {
  readonly failed: Promise<string>;
  readonly #logger = new Logger('Workers');
  readonly #lives: WorkerProcess[];
  readonly #metrics = new WorkerMetrics();
  #watch: IsolationWatch | undefined;
  #verdict = NOT_CHECKED_YET;
  #fail: (why: string) => void = () => undefined;
  #stopping = false;

  /** Starts the processes, which load their modules before there is anything to serve. */
  constructor(count: number) {
    this.#lives = Array.from({ length: count }, () => this.#newLife());
    this.failed = new Promise((resolve) => (this.#fail = resolve));
  }

  /** @throws WorkerStartError the reason of the first that cannot serve */
  async serve(assignment: Assignment, watch: IsolationWatch): Promise<string> {
    this.#watch = watch;
    watch.onVerdict((verdict) => {
      this.#verdict = verdict;
      for (const life of this.#lives) life.sendIsolation(verdict);
    });
    for (const life of this.#lives) life.serve(assignment);
    const [url = ''] = await Promise.all(this.#lives.map(({ serving }) => serving));
    for (const [slot, life] of this.#lives.entries()) void this.#keepAlive(slot, life, assignment);
    return url;
  }

  metrics(): Promise<Registry> {
    return this.#metrics.read();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#lives.map((life) => life.stop()));
  }

  /** Synchronous: a worker that is loading its modules would notice only later that it is alone. */
  signalKill(): void {
    this.#stopping = true;
    for (const life of this.#lives) life.kill();
  }

  async kill(): Promise<void> {
    this.signalKill();
    await Promise.all(this.#lives.map(({ ended }) => ended));
  }

  /** Restarts it whenever it exits; the others serve meanwhile. */
  async #keepAlive(slot: number, first: WorkerProcess, assignment: Assignment): Promise<void> {
    let quickEnds = 0;
    for (let life: WorkerProcess | undefined = first; life !== undefined;) {
      const how = await life.ended;
      this.#metrics.end(life);
      if (this.#stopping) return;
      quickEnds = life.servedMs < STEADY_AFTER_MS ? quickEnds + 1 : 1;
      if (quickEnds === MOST_QUICK_ENDS) {
        this.#fail(`A worker failed ${quickEnds} times in a row: the last one ${how}`);
        return;
      }
      const pauseMs = FIRST_PAUSE_MS * 2 ** (quickEnds - 1);
      this.#logger.error({ msg: 'a worker ended', worker: life.pid, how, restart_in_ms: pauseMs });
      await sleep(pauseMs);
      life = this.#begin(slot, assignment);
    }
  }

  /** @returns undefined if no worker is wanted any more */
  #begin(slot: number, assignment: Assignment): WorkerProcess | undefined {
    if (this.#stopping) return undefined;
    const life = this.#newLife();
    life.serve(assignment);
    life.sendIsolation(this.#verdict);
    this.#lives[slot] = life;
    life.serving.then(
      () => {
        this.#logger.log({ msg: 'a worker took its place', worker: life.pid });
      },
      () => undefined,
    );
    return life;
  }

  #newLife(): WorkerProcess {
    const life = new WorkerProcess(() => this.#watch?.request());
    this.#metrics.begin(life);
    return life;
  }
}
