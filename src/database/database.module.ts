import {
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import type { DatabaseEndpoint } from './connection-settings';
import { dataSourceOptions } from './data-source-options';
import { DatabaseProbe } from './database-probe';
import { ANSWER_LIMIT_MS, DatabaseSession } from './database-session';
import { requireIsolation } from './isolation/isolation-gate';
import { Lanes } from './lanes';
import { PROBE_CONNECTIONS, ScopedPool } from './scoped-pool';

/** Opens the database for requests: every session in it is confined to the role task_api. */
@Module({})
export class DatabaseModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly session: DatabaseSession,
    private readonly lanes: Lanes,
    private readonly pool: ScopedPool,
  ) {}

  static register({ api }: Pick<DatabaseEndpoint, 'api'>): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [DatabaseSession],
          useFactory: ({ config }: DatabaseSession) => ({
            ...dataSourceOptions({ ...config, query_timeout: ANSWER_LIMIT_MS }, PROBE_CONNECTIONS),
            retryAttempts: 0,
          }),
        }),
      ],
      providers: [
        { provide: DatabaseSession, useFactory: () => DatabaseSession.negotiate(api) },
        DatabaseProbe,
        Lanes,
        {
          provide: ScopedPool,
          inject: [DatabaseSession, ENV],
          useFactory: (session: DatabaseSession, env: Env) =>
            new ScopedPool(session, env, 'searches'),
        },
      ],
      exports: [DatabaseSession, DatabaseProbe, Lanes, ScopedPool],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await requireIsolation(this.session.config);
    await this.lanes.open();
  }

  /** Runs after the HTTP server has closed, so nothing is in flight any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.lanes.close();
    await this.pool.close();
  }
}
