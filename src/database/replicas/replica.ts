import { Logger } from '@nestjs/common';
import type { Env } from '../../config/env';
import { errorFacts } from '../../logging/error-facts';
import { LatestReports } from '../../logging/latest-reports';
import type { CompiledStatement } from '../compiled-statement';
import { DatabaseSession } from '../session/database-session';
import { DatabaseUse } from '../database-use';
import { type DatabaseWaits, REPLICA_FAILURES, REPLICA_LOOK_MS, waitsAtReplica } from '../limits';
import { ServerLanes } from '../lanes/server-lanes';
import { ScopedPool } from '../pool/scoped-pool';
import type { ConnectionSettings } from '../session/connection-settings';
import { connectionsAtReplica } from './replica-settings';
import { faultOfReplica, type Place, type ReplicaFault } from './replica-look';

export interface ReplicaOptions {
  readonly settings: ConnectionSettings;
  readonly env: Env;
  readonly waits: DatabaseWaits;
  readonly statements: readonly CompiledStatement[];
  /** Asks the primary. */
  readonly placeOfPrimary: () => Promise<Place>;
}

interface Connections {
  readonly session: DatabaseSession;
  readonly lanes: ServerLanes;
  readonly pool: ScopedPool;
}

/**
 * One replica. It serves reads while its last check is recent and succeeded; reads trigger the next
 * check, and never wait for it. Without reads there are no checks, so that an idle database may
 * sleep.
 */
export class Replica {
  readonly #logger = new Logger('Replicas');
  readonly #name: string;
  #connections: Connections | undefined;
  #isWell = false;
  #isLooking = false;
  #goodUntil = -Infinity;
  #nextLookAt = -Infinity;
  #isolationCheckedAt = -Infinity;
  #failures = 0;
  readonly #reports = new LatestReports();

  constructor(private readonly options: ReplicaOptions) {
    const { host = 'localhost', port = 5432 } = options.settings;
    this.#name = `${host}:${port}`;
  }

  /** Its connections, if a read may run there. */
  get usable(): Connections | undefined {
    const now = performance.now();
    if (now >= this.#nextLookAt) void this.look();
    return this.#isWell && now < this.#goodUntil ? this.#connections : undefined;
  }

  get isWell(): boolean {
    return this.#isWell;
  }

  noteSuccess(): void {
    this.#failures = 0;
  }

  noteFailure(error: unknown): void {
    this.#failures += 1;
    if (this.#failures >= REPLICA_FAILURES && this.#isWell) {
      this.#putAside({ reason: 'it does not answer', error });
    }
  }

  /** Never rejects. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const beganAt = performance.now();
    this.#nextLookAt = Infinity;
    try {
      const fault = await this.#fault();
      if (fault === undefined) this.#use(beganAt);
      else this.#putAside(fault);
    } catch (error) {
      this.#putAside({ reason: 'it does not answer', error });
    } finally {
      this.#isLooking = false;
    }
  }

  async close(): Promise<void> {
    this.#nextLookAt = Infinity;
    await this.#connections?.lanes.close();
    await this.#connections?.pool.close();
  }

  async #fault(): Promise<ReplicaFault | undefined> {
    const { env, waits, settings, placeOfPrimary } = this.options;
    let place: Place;
    try {
      place = await placeOfPrimary();
    } catch {
      // The primary does not answer, so it takes no writes that the replica would lack.
      return this.#isWell ? undefined : { reason: 'the primary does not say where it is' };
    }
    const session =
      this.#connections?.session ??
      (await DatabaseSession.negotiate(settings, waitsAtReplica(waits), true));
    const checkedAt = performance.now();
    const isDue = checkedAt - this.#isolationCheckedAt >= env.isolationIntervalMs;
    const fault = await faultOfReplica(session, place, isDue ? env.database.scope : undefined);
    if (fault !== undefined) return fault;
    if (isDue) this.#isolationCheckedAt = checkedAt;
    this.#connections ??= await this.#connect(session);
    return undefined;
  }

  async #connect(session: DatabaseSession): Promise<Connections> {
    const { env, statements } = this.options;
    const { lanes: count } = connectionsAtReplica(env.database);
    const own: Env = { ...env, database: { ...env.database, lanes: count, wakeMs: 0 } };
    const lanes = new ServerLanes(session, own, new DatabaseUse(), statements);
    await lanes.open();
    return { session, lanes, pool: new ScopedPool(session, own, 'searches') };
  }

  #use(lookedAt: number): void {
    this.#isWell = true;
    this.#failures = 0;
    this.#nextLookAt = lookedAt + REPLICA_LOOK_MS;
    // Reads go on while the next look is under way.
    this.#goodUntil = lookedAt + 2 * REPLICA_LOOK_MS;
    if (this.#reports.isNews(this.#name, 'used')) {
      this.#logger.log({ msg: 'reads may run on a replica', replica: this.#name });
    }
  }

  #putAside({ reason, error }: ReplicaFault): void {
    this.#isWell = false;
    this.#isolationCheckedAt = -Infinity;
    this.#nextLookAt = performance.now() + REPLICA_LOOK_MS;
    if (!this.#reports.isNews(this.#name, reason)) return;
    this.#logger.warn({
      msg: `a replica is not used: ${reason}`,
      replica: this.#name,
      ...(error !== undefined && { error: errorFacts(error, false) }),
    });
  }
}
