import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApplication } from '../../../src/application';
import type { DatabaseEndpoint } from '../../../src/database/connection-settings';
import { testEnv } from './test-application';

export interface ServedApplication {
  readonly nest: NestExpressApplication;
  readonly port: number;
}

/**
 * The whole application on a database that is reached by a way of its own.
 * @param log takes what it logs, instead of standard output
 */
export async function serveAt(
  endpoint: DatabaseEndpoint,
  variables: Readonly<Record<string, string>> = {},
  log?: LoggerService,
): Promise<ServedApplication> {
  const nest = await createApplication(testEnv(variables), endpoint, log);
  await nest.listen(0, '127.0.0.1');
  const server: Server = nest.getHttpServer();
  return { nest, port: (server.address() as AddressInfo).port };
}
