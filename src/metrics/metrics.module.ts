import { type DynamicModule, Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { HealthModule } from '../health/health.module';
import { DatabaseMetrics } from './database-metrics';
import { ProcessMetrics } from './process-metrics';
import { RequestMetrics } from './request-metrics';

/**
 * Keeps a registry of everything that Prometheus may ask. Numbers are read when it does; nothing
 * but the durations of requests is written while they are served.
 */
@Module({})
export class MetricsModule {
  /** @param auth the module that knows the tokens, as the application has it */
  static register(auth: DynamicModule): DynamicModule {
    return {
      module: MetricsModule,
      imports: [auth, HealthModule],
      providers: [
        { provide: Registry, useFactory: () => new Registry() },
        RequestMetrics,
        DatabaseMetrics,
        ProcessMetrics,
      ],
    };
  }
}
