import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AuthModule } from './auth/auth.module';
import { BulkModule } from './bulk/bulk.module';
import { ChangesModule } from './changes/changes.module';
import { ConfigModule } from './config/config.module';
import type { Env } from './config/env';
import { DatabaseModule, type ServedDatabase } from './database/database.module';
import { ErrorHandlingModule } from './error-handling/error-handling.module';
import { ProblemFilter } from './error-handling/problem.filter';
import { EventsModule } from './events/events.module';
import { HealthModule } from './health/health.module';
import { QueryGuard } from './http/input/query-parameters';
import { MetricsModule } from './metrics/metrics.module';
import { PagesModule } from './pages/pages.module';
import { RateLimitModule } from './rate-limit/rate-limit.module';
import { RateLimitGuard } from './rate-limit/rate-limits';
import { TasksModule } from './tasks/tasks.module';
import { TrashModule } from './trash/trash.module';
import { UserScopeGuard } from './user-scope/user-scope.guard';
import { UsersModule } from './users/users.module';

/**
 * The whole application. The guards and the filter are global: unless a route says otherwise, it is
 * closed, its calls are counted, and its errors are problems.
 */
@Module({})
export class AppModule {
  static register(env: Env, database: ServedDatabase): DynamicModule {
    const auth = AuthModule.register(env);
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(env),
        ErrorHandlingModule,
        RateLimitModule,
        auth,
        DatabaseModule.register(database),
        HealthModule,
        PagesModule,
        UsersModule,
        EventsModule,
        ChangesModule,
        TasksModule,
        TrashModule,
        BulkModule,
        ...(env.admin === undefined ? [] : [MetricsModule.register(auth)]),
      ],
      providers: [
        { provide: APP_GUARD, useClass: UserScopeGuard },
        // Second: it counts the users that the first guard has admitted.
        { provide: APP_GUARD, useClass: RateLimitGuard },
        // Last: a caller without access learns nothing about the parameters of a route.
        { provide: APP_GUARD, useClass: QueryGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
