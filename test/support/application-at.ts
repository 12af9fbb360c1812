import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApplication } from '../../src/application';
import type { DatabaseEndpoint } from '../../src/database/connection-settings';
import { boundServer } from '../../src/http/http-server';
import { testEnv } from './test-application';

export interface ServedApplication {
  readonly nest: NestExpressApplication;
  readonly port: number;
}

/** The whole application, as main.ts serves it, on a database that is reached by a way of its own. */
export async function serveAt(
  endpoint: DatabaseEndpoint,
  variables: Readonly<Record<string, string>> = {},
): Promise<ServedApplication> {
  const nest = await createApplication(testEnv(variables), endpoint);
  const server: Server = nest.getHttpServer();
  boundServer(server);
  await nest.listen(0, '127.0.0.1');
  return { nest, port: (server.address() as AddressInfo).port };
}
