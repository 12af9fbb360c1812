import type { Env } from '../../config/env';
import type { UserScope } from '../../user-scope/user-scope';
import {
  type CompiledStatement,
  isRead,
  type Row,
  type StatementValue,
  withFollowers,
} from '../compiled-statement';
import type { DatabaseSession } from '../session/database-session';
import { DatabaseUse, type Carriers } from '../database-use';
import type { PoolLoad } from '../pool/scoped-pool';
import { type LanesLoad, sumOfLoads } from './lanes-load';
import type { LaneRun } from './lane-queue';
import type { Reach } from './reach';
import { ServerLanes } from './server-lanes';

/** Lanes to servers that have the rows of some users themselves (worker-lanes.ts). */
export interface NearerLanes {
  readonly all: readonly ServerLanes[];
  lanesOf(scope: UserScope): ServerLanes | undefined;
  close(): Promise<void>;
}

/**
 * The connections that carry every statement which touches O(page) rows (README.md). Searches
 * and the deletion of an account go to `ScopedPool`: a slow statement here would delay all behind it.
 */
export class Lanes {
  readonly #statements: CompiledStatement[] = [];
  readonly #lanes: ServerLanes;
  #nearer: NearerLanes | undefined;

  constructor(
    session: DatabaseSession,
    private readonly env: Env,
    private readonly use = new DatabaseUse(),
  ) {
    this.#lanes = this.to(session);
  }

  /** The same to another server of this database. */
  to(session: DatabaseSession): ServerLanes {
    return new ServerLanes(session, this.env, this.use, this.#statements);
  }

  /** From now on, the statements of users with rows there run there. */
  addNearer(nearer: NearerLanes): void {
    this.#nearer = nearer;
  }

  /** Registers a statement before the lanes open; repositories do so in their constructors. */
  register<Statements extends Readonly<Record<string, CompiledStatement>>>(
    statements: Statements,
  ): Statements {
    this.#statements.push(...withFollowers(statements));
    return statements;
  }

  get statements(): readonly CompiledStatement[] {
    return this.#statements;
  }

  get reach(): Reach {
    return this.#lanes.reach;
  }

  async open(): Promise<void> {
    await this.#lanes.open();
  }

  /** Waits for what is in flight, and opens no more lanes. */
  async close(): Promise<void> {
    await this.#nearer?.close();
    await this.#lanes.close();
  }

  get load(): LanesLoad {
    return sumOfLoads([this.#lanes, ...(this.#nearer?.all ?? [])].map(({ load }) => load));
  }

  /** The load of the pool that replaces the lanes. */
  get poolLoad(): PoolLoad | undefined {
    return this.#lanes.poolLoad;
  }

  /**
   * Runs one registered statement under one scope, in one round trip.
   * @throws DatabaseRefusal `unavailable` or `overloaded`; KeyUsedError; otherwise the driver's error.
   */
  run(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
    options: LaneRun = {},
  ): Promise<readonly Row[]> {
    const here = () => this.#lanesFor(scope, statement).run(scope, statement, values, options);
    const there = ({ lanes }: Carriers) => lanes.run(scope, statement, values, options);
    const mayMove = scope.readAfter !== undefined && isRead(statement);
    return mayMove ? this.use.replicas.read(there, here) : here();
  }

  #lanesFor(scope: UserScope, { isOnAllNodes = false }: CompiledStatement): ServerLanes {
    const nearer = isOnAllNodes ? undefined : this.#nearer?.lanesOf(scope);
    return nearer ?? this.#lanes;
  }
}
