import type { LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApplication } from '../../../src/server/application';
import type { ServedDatabase } from '../../../src/database/database.module';
import type { ConnectionLimits } from '../../../src/http/adapter/http-server';
import { listen } from '../../../src/server/serve';
import { testEnv } from './test-env';

export interface ServedApplication {
  readonly nest: NestExpressApplication;
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves the application in this process as the product does.
 * @param log receives the log, instead of standard output
 * @param limits of connections, instead of the product's
 */
export async function serveAt(
  database: ServedDatabase,
  variables: Readonly<Record<string, string>> = {},
  log?: LoggerService,
  limits?: ConnectionLimits,
): Promise<ServedApplication> {
  const env = testEnv(variables);
  const nest = await createApplication(env, database, log, limits);
  const service = await listen(nest, env);
  const { url } = service;
  return { nest, url, port: Number(new URL(url).port), stop: () => service.stop() };
}
