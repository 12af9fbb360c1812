import cluster, { type Worker } from 'node:cluster';
import type { IsolationVerdict } from '../../user-scope/isolation-status';
import { EXIT_CODES } from '../exit-codes';
import { type StartFailure, WorkerStartError } from '../start-failure';
import type { CountingWorker, Snapshot } from './worker-metrics';
import type { Assignment, FromWorker, ToWorker } from './worker-messages';

/** Longer than the ten seconds in which a worker lets its clients finish. */
const STOP_WITHIN_MS = 15_000;

/** If a worker is too busy to answer, a scrape uses its previous snapshot. */
const REPORT_WITHIN_MS = 2_000;

/** One worker, from its fork to its exit. */
export class WorkerProcess implements CountingWorker {
  /** Fulfils with its URL. Rejects with a WorkerStartError if it exits before it serves. */
  readonly serving: Promise<string>;
  /** Fulfils with how it exited, such as `was ended by SIGKILL`. Never rejects. */
  readonly ended: Promise<string>;
  readonly #worker: Worker = cluster.fork();
  #servesSince: number | undefined;
  #failure: StartFailure | undefined;
  #snapshot: Snapshot = [];
  #report: Promise<void> | undefined;
  #reported: () => void = () => undefined;

  /** @param onCheckRequested called when it requests a check of the isolation */
  constructor(onCheckRequested: () => void) {
    this.ended = endOf(this.#worker).then((how) => {
      this.#reported();
      return this.#failure === undefined ? how : `did not start: ${this.#failure.message}`;
    });
    this.serving = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromWorker) => {
        if (message.type === 'serving') {
          this.#servesSince = performance.now();
          resolve(message.url);
        }
        if (message.type === 'not-started') {
          this.#failure = message.failure;
          reject(new WorkerStartError(message.failure));
        }
        if (message.type === 'check') onCheckRequested();
        if (message.type === 'metrics') {
          this.#snapshot = message.snapshot;
          this.#reported();
        }
      });
      void this.ended.then((how) => {
        reject(new WorkerStartError({ message: `A worker ${how}`, exitCode: EXIT_CODES.failed }));
      });
    });
    // The owner that restarts it watches `ended`.
    this.serving.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  /** How long it has served. */
  get servedMs(): number {
    return this.#servesSince === undefined ? 0 : performance.now() - this.#servesSince;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Overlapping scrapes share one message. */
  refresh(): Promise<void> {
    this.#report ??= this.#askForMetrics().finally(() => (this.#report = undefined));
    return this.#report;
  }

  serve(assignment: Assignment): void {
    this.#send(assignment);
  }

  sendIsolation(verdict: IsolationVerdict): void {
    this.#send({ type: 'isolation', verdict });
  }

  /** Lets its clients finish. */
  async stop(): Promise<void> {
    this.#send({ type: 'stop' });
    const timer = setTimeout(() => {
      this.kill();
    }, STOP_WITHIN_MS);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  #askForMetrics(): Promise<void> {
    if (this.#servesSince === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, REPORT_WITHIN_MS);
      this.#reported = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#send({ type: 'report-metrics' });
    });
  }

  #send(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message);
  }
}

function endOf(worker: Worker): Promise<string> {
  return new Promise((resolve) => {
    worker.once('exit', (code: number, signal: string | null) => {
      resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    });
    worker.on('error', (error) => {
      // A started worker that does not receive it is about to exit.
      if (worker.process.pid === undefined) resolve(`could not be started: ${error.message}`);
    });
  });
}

const MB = 2 ** 20;

/**
 * Options of Node for workers. Each would take up to half of the machine for its heap, as a single
 * process does; together they take that half.
 * @param heapLimit what Node would take, in bytes
 */
export function workerHeapOptions(
  workers: number,
  heapLimit: number,
  machineBytes: number,
): readonly string[] {
  const share = machineBytes / 2 / workers;
  return share < heapLimit ? [`--max-old-space-size=${Math.floor(share / MB)}`] : [];
}
