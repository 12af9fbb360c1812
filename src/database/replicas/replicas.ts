import type { Env } from '../../config/env';
import type { CompiledStatement, Row } from '../compiled-statement';
import { DatabaseRefusal, databaseFault } from '../database-errors';
import { ReplicaBehindError } from '../batch/last-change';
import { DATABASE_WAITS, type DatabaseWaits } from '../limits';
import type { Carriers, ReadReplicas } from '../database-use';
import { Replica } from './replica';
import type { Place } from './replica-look';
import { replicaSettings } from './replica-settings';

/** Outcomes of reads that may run on a replica. All but `served` ran on the primary. */
export const READ_OUTCOMES = ['served', 'behind', 'failed', 'aside'] as const;
export type ReadOutcome = (typeof READ_OUTCOMES)[number];

/**
 * The replicas of DATABASE_REPLICA_URLS. A read that says which change it must include runs on one of them, and on
 * the primary where that lacks the change, or does not answer: a replica costs time, never the answer
 * (docs/decisions/0045-reads-on-replicas.md).
 */
export class Replicas implements ReadReplicas {
  readonly outcomes: Record<ReadOutcome, number> = { served: 0, behind: 0, failed: 0, aside: 0 };
  #replicas: readonly Replica[] = [];
  #turn = 0;

  constructor(
    private readonly env: Env,
    private readonly placeOfPrimary: () => Promise<Place>,
    private readonly waits: DatabaseWaits = DATABASE_WAITS,
  ) {}

  /** How many of them there are, and how many may serve reads. */
  get counts(): { readonly configured: number; readonly used: number } {
    const used = this.#replicas.filter(({ isWell }) => isWell).length;
    return { configured: this.env.database.replicaUrls.length, used };
  }

  /** One that cannot be reached does not prevent the start. @param statements of the lanes */
  async open(statements: readonly CompiledStatement[]): Promise<void> {
    const { env, waits, placeOfPrimary } = this;
    this.#replicas = replicaSettings(env.database).map(
      (settings) => new Replica({ settings, env, waits, statements, placeOfPrimary }),
    );
    await Promise.all(this.#replicas.map((replica) => replica.look()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#replicas.map((replica) => replica.close()));
  }

  async read(
    there: (replica: Carriers) => Promise<readonly Row[]>,
    here: () => Promise<readonly Row[]>,
  ): Promise<readonly Row[]> {
    if (this.#replicas.length === 0) return here();
    const chosen = this.#next();
    if (chosen === undefined) {
      this.outcomes.aside += 1;
      return here();
    }
    const [replica, connections] = chosen;
    try {
      const rows = await there(connections);
      replica.noteSuccess();
      this.outcomes.served += 1;
      return rows;
    } catch (error) {
      this.#note(replica, error);
      return here();
    }
  }

  /** They take turns. */
  #next(): readonly [Replica, Carriers] | undefined {
    this.#turn = (this.#turn + 1) % this.#replicas.length;
    const inTurn = [...this.#replicas.slice(this.#turn), ...this.#replicas.slice(0, this.#turn)];
    for (const replica of inTurn) {
      const { usable } = replica;
      if (usable !== undefined) return [replica, usable];
    }
    return undefined;
  }

  #note(replica: Replica, error: unknown): void {
    if (error instanceof ReplicaBehindError) {
      this.outcomes.behind += 1;
      return;
    }
    this.outcomes.failed += 1;
    // It is overloaded, or the fault lies in the request.
    const isFull = error instanceof DatabaseRefusal && error.fault === 'overloaded';
    if (!isFull && databaseFault(error) !== undefined) replica.noteFailure(error);
  }
}
