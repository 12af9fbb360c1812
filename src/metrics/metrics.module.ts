import { type DynamicModule, Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { EventsModule } from '../events/events.module';
import { HealthModule } from '../health/health.module';
import { DatabaseMetrics } from './database-metrics';
import { EventMetrics } from './event-metrics';
import { ProcessMetrics } from './process-metrics';
import { RequestMetrics } from './request-metrics';

/**
 * Has the registry of all metrics. Values are read when Prometheus scrapes; only the durations of
 * requests are written while requests are served.
 */
@Module({})
export class MetricsModule {
  /** @param auth the module that knows the tokens, as the application has it */
  static register(auth: DynamicModule): DynamicModule {
    return {
      module: MetricsModule,
      imports: [auth, EventsModule, HealthModule],
      providers: [
        { provide: Registry, useFactory: () => new Registry() },
        RequestMetrics,
        DatabaseMetrics,
        EventMetrics,
        ProcessMetrics,
      ],
    };
  }
}
