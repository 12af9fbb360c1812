import { type DynamicModule, Module } from '@nestjs/common';
import type { Env } from './env';

export const ENV = Symbol('Env');

/** Provides the validated configuration to every module. */
@Module({})
export class ConfigModule {
  static register(env: Env): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: ENV, useValue: env }],
      exports: [ENV],
    };
  }
}
