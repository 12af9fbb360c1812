import { Logger } from '@nestjs/common';
import type { Env } from '../../config/env';
import { errorFacts } from '../../logging/error-facts';
import { LatestReports } from '../../logging/latest-reports';
import type { UserScope } from '../../user-scope/user-scope';
import { ANSWER_LIMIT_MS, DatabaseSession } from '../session/database-session';
import { checkIsolation, IsolationGateError, requireIsolation } from '../isolation/isolation-gate';
import type { Lanes, NearerLanes } from '../lanes/lanes';
import type { ServerLanes } from '../lanes/server-lanes';
import { withClient } from '../session/client';
import { nameOf, ShardMap, type WorkerAddress } from './shard-map';

/**
 * How old the map may become. With an outdated one a statement takes a detour, because every node
 * finds all rows.
 */
const LOOK_MS = 60_000;

interface Worker {
  readonly session: DatabaseSession;
  readonly lanes: ServerLanes;
}

/**
 * Lanes to the workers of Citus. A user's statements go to the worker that has their rows, so one
 * worker runs a whole batch. An unusable worker is reached through the coordinator.
 */
export class WorkerLanes implements NearerLanes {
  readonly #logger = new Logger('Workers');
  readonly #workers = new Map<string, Worker>();
  readonly #reports = new LatestReports();
  #map: ShardMap | undefined;
  #lookedAt = -Infinity;
  #look = Promise.resolve();
  #isClosing = false;

  private constructor(
    private readonly coordinator: DatabaseSession,
    private readonly lanes: Lanes,
  ) {}

  /** Opens them where the tables are distributed. A pooler would not lead to the workers. */
  static async openBeside(
    lanes: Lanes,
    session: DatabaseSession,
    { lanes: count, scope }: Env['database'],
  ): Promise<void> {
    if (scope !== 'transaction' || count === 0 || !session.isDirect) return;
    const workers = new WorkerLanes(session, lanes);
    await workers.#lookAround();
    if (workers.#map !== undefined) lanes.addNearer(workers);
  }

  get all(): readonly ServerLanes[] {
    return Array.from(this.#workers.values(), ({ lanes }) => lanes);
  }

  /** Without requests there are no looks, so that an idle database may sleep. */
  lanesOf({ userId }: UserScope): ServerLanes | undefined {
    if (performance.now() - this.#lookedAt > LOOK_MS) this.#look = this.#lookAround();
    const address = this.#map?.workerOf(userId);
    const worker = address && this.#workers.get(nameOf(address));
    return worker?.lanes.isOpen === true ? worker.lanes : undefined;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#look;
    await Promise.all(this.all.map((lanes) => lanes.close()));
  }

  async #lookAround(): Promise<void> {
    this.#lookedAt = performance.now();
    const { config } = this.coordinator;
    const { host = '' } = config;
    try {
      this.#map = await withClient({ ...config, query_timeout: ANSWER_LIMIT_MS }, (client) =>
        ShardMap.read(client, config),
      );
      this.#reports.forget(host);
    } catch (error) {
      this.#report('could not read which worker of Citus has which users', host, error);
      return;
    }
    const addresses = this.#map?.workers ?? [];
    const names = new Set(addresses.map(nameOf));
    for (const name of this.#workers.keys()) if (!names.has(name)) this.#leave(name);
    await Promise.all(addresses.map((address) => this.#visit(address)));
  }

  /** Opens lanes to a worker that isolates users, and closes those to one that no longer does. */
  async #visit(address: WorkerAddress): Promise<void> {
    const name = nameOf(address);
    const known = this.#workers.get(name);
    try {
      if (known === undefined) {
        const worker = await this.#connect(address);
        this.#workers.set(name, worker);
        this.#logger.log({ msg: 'the users of a worker of Citus are served there', node: name });
      } else {
        const findings = await checkIsolation(known.session.config, 'transaction');
        if (findings.length > 0) throw new IsolationGateError(findings);
      }
      this.#reports.forget(name);
    } catch (error) {
      // Lanes that are lost open again by themselves.
      if (error instanceof IsolationGateError) this.#leave(name);
      const msg = 'a worker of Citus cannot be used: its users are served through the coordinator';
      this.#report(msg, name, error);
    }
  }

  async #connect(address: WorkerAddress): Promise<Worker> {
    const { config, waits } = this.coordinator;
    const session = await DatabaseSession.negotiate({ ...config, ...address }, waits);
    await requireIsolation(session.config, 'transaction');
    const lanes = this.lanes.to(session);
    await lanes.open();
    if (!this.#isClosing) return { session, lanes };
    await lanes.close();
    throw new Error('closed meanwhile');
  }

  #leave(name: string): void {
    const worker = this.#workers.get(name);
    this.#workers.delete(name);
    void worker?.lanes.close();
  }

  /** Reported once, until the worker can be used or the reason changes. */
  #report(msg: string, node: string, error: unknown): void {
    if (this.#isClosing || !this.#reports.isNews(node, (error as Error).message)) return;
    const facts =
      error instanceof IsolationGateError
        ? { findings: error.findings.map(({ what }) => what) }
        : { error: errorFacts(error) };
    this.#logger.warn({ msg, node, ...facts });
  }
}
