import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Registry } from 'prom-client';
import { createApplication } from './application';
import type { Env } from '../config/env';
import type { ServedDatabase } from '../database/database.module';
import { drain } from '../http/adapter/http-server';
import type { HttpService } from './http-service';
import { collectStartGarbage } from './start-garbage';

/** Serves HTTP in this process. On a failure it leaves nothing open. */
export async function serve(env: Env, database: Promise<ServedDatabase>): Promise<HttpService> {
  const service = await listen(await createApplication(env, await database), env);
  collectStartGarbage();
  return service;
}

/** Opens the application on HOST and PORT. Closes it if it cannot listen there. */
export async function listen(application: NestExpressApplication, env: Env): Promise<HttpService> {
  const server: Server = application.getHttpServer();
  try {
    await application.init();
    // Nest's own listen() would also log a failure, which main.ts explains in one line.
    await once(server.listen(env.port, env.host), 'listening');
  } catch (error) {
    await application.close();
    throw error;
  }
  return {
    url: urlOf(server, env.host),
    ...(env.admin !== undefined && { metrics: () => Promise.resolve(application.get(Registry)) }),
    failed: new Promise(() => undefined),
    stop: async () => {
      drain(server);
      await application.close();
    },
  };
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const everywhere = host === '0.0.0.0' || host === '::';
  const name = everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
