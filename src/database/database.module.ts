import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import type { DatabaseEndpoint } from './session/connection-settings';
import { dataSourceOptions } from './schema/data-source-options';
import { WorkerLanes } from './citus/worker-lanes';
import { DatabaseProbe } from './database-probe';
import { DatabaseUse, FeedWatch } from './database-use';
import { ANSWER_LIMIT_MS, DatabaseSession } from './session/database-session';
import { checkIsolation, requireIsolation } from './isolation/isolation-gate';
import { type IsolationChecks, IsolationStatus } from '../user-scope/isolation-status';
import { IsolationWatch } from './isolation/isolation-watch';
import { Lanes } from './lanes/lanes';
import { requireEncoding } from './schema/database-encoding';
import { placeOfPrimary } from './replicas/replica-look';
import { Replicas } from './replicas/replicas';
import { PROBE_CONNECTIONS, ScopedPool } from './pool/scoped-pool';
import type { DatabaseWaits } from './limits';

/** The database of the processes that serve requests. */
export interface ServedDatabase extends Pick<DatabaseEndpoint, 'api'> {
  /** The process that checks its isolation while requests come; absent: this one. */
  readonly checks?: IsolationChecks;
  /** How long it may keep requests waiting; absent: as the documentation promises. */
  readonly waits?: DatabaseWaits;
}

/** Opens the database for requests: every session in it is confined to the role task_api. */
@Module({})
export class DatabaseModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(DatabaseModule.name);

  constructor(
    private readonly session: DatabaseSession,
    private readonly lanes: Lanes,
    private readonly pool: ScopedPool,
    private readonly replicas: Replicas,
    @Inject(ENV) private readonly env: Env,
  ) {}

  static register({ api, checks, waits }: ServedDatabase): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [DatabaseSession],
          useFactory: ({ config }: DatabaseSession) => ({
            ...dataSourceOptions({ ...config, query_timeout: ANSWER_LIMIT_MS }, PROBE_CONNECTIONS),
            // Those of the features' modules, which lie above this one.
            autoLoadEntities: true,
            retryAttempts: 0,
          }),
        }),
      ],
      providers: [
        { provide: DatabaseSession, useFactory: () => DatabaseSession.negotiate(api, waits) },
        {
          provide: IsolationStatus,
          inject: [DatabaseSession, ENV],
          useFactory: ({ config }: DatabaseSession, { isolationIntervalMs, database }: Env) =>
            new IsolationStatus(
              checks ??
                new IsolationWatch(
                  () => checkIsolation(config, database.scope),
                  isolationIntervalMs,
                ),
            ),
        },
        {
          provide: DatabaseProbe,
          inject: [DataSource, DatabaseUse],
          useFactory: (source: DataSource, use: DatabaseUse) => new DatabaseProbe(source, use),
        },
        {
          provide: Replicas,
          inject: [ENV, DataSource],
          useFactory: (env: Env, source: DataSource) =>
            new Replicas(env, () => placeOfPrimary(source), waits),
        },
        {
          provide: DatabaseUse,
          inject: [Replicas],
          useFactory: (replicas: Replicas) => new DatabaseUse(replicas),
        },
        {
          provide: FeedWatch,
          inject: [DatabaseUse],
          useFactory: ({ feeds }: DatabaseUse) => feeds,
        },
        {
          provide: Lanes,
          inject: [DatabaseSession, ENV, DatabaseUse],
          useFactory: (session: DatabaseSession, env: Env, use: DatabaseUse) =>
            new Lanes(session, env, use),
        },
        {
          provide: ScopedPool,
          inject: [DatabaseSession, ENV, DatabaseUse],
          useFactory: (session: DatabaseSession, env: Env, use: DatabaseUse) =>
            new ScopedPool(session, env, 'searches', use),
        },
      ],
      exports: [
        DatabaseSession,
        DatabaseProbe,
        FeedWatch,
        IsolationStatus,
        Lanes,
        Replicas,
        ScopedPool,
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#requireEncoding();
    await requireIsolation(this.session.config, this.env.database.scope);
    await this.lanes.open();
    await WorkerLanes.openBeside(this.lanes, this.session, this.env.database);
    await this.replicas.open(this.lanes.statements);
    this.#reportPooler();
    this.#reportDistance();
  }

  #reportPooler(): void {
    const { isDirect, keepsNames } = this.session;
    if (isDirect) return;
    this.#logger.log(
      keepsNames
        ? 'DATABASE_URL leads through a pooler that keeps prepared statements'
        : 'DATABASE_URL leads through a pooler that keeps no prepared statements: SQL is sent with each batch',
    );
  }

  #reportDistance(): void {
    const { isFar, lanes, batches } = this.lanes.reach;
    if (!isFar || lanes === 0) return;
    const way = `The database is ${this.session.roundTripMs.toFixed(1)} ms away and back`;
    this.#logger.log(`${way}: ${lanes} lanes, each with up to ${batches} batches on their way`);
  }

  async #requireEncoding(): Promise<void> {
    const warning = await requireEncoding(this.session.config);
    if (warning !== undefined) this.#logger.warn(warning);
  }

  /** Runs after the HTTP server has closed, so nothing is in flight any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.replicas.close();
    await this.lanes.close();
    await this.pool.close();
  }
}
