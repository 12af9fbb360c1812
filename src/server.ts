import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Registry } from 'prom-client';
import { createApplication } from './application';
import type { Env } from './config/env';
import { migrate } from './database/migrate';
import { type ProvidedDatabase, provideDatabase } from './database/provide-database';
import { boundServer, drain } from './http/http-server';
import { type AdminServer, serveMetrics } from './metrics/admin-server';
import { ProblemReports } from './problem/problem-reports';

export interface RunningServer {
  readonly application: NestExpressApplication;
  /** Where the API answers, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Where the metrics are; absent without ADMIN_PORT. */
  readonly metricsUrl?: string;
  /** Where the data is, for people. */
  readonly database: string;
  /** Fulfils with the reason if the embedded database ends by itself. */
  readonly databaseLost: Promise<string>;
  /** Lets clients finish, then closes HTTP, the database, and the metrics. */
  stop(): Promise<void>;
}

/** Provides a database, migrates it, and listens. On a failure it leaves nothing running. */
export async function startServer(env: Env): Promise<RunningServer> {
  const database = await provideDatabase(env);
  try {
    return await serve(env, database);
  } catch (error) {
    await database.release();
    throw error;
  }
}

async function serve(env: Env, database: ProvidedDatabase): Promise<RunningServer> {
  await migrate(database.endpoint.owner);
  const application = await createApplication(env, database.endpoint);
  const server: Server = application.getHttpServer();
  const reports = application.get(ProblemReports);
  boundServer(server, (code, requestId) => reports.reportUnreadable(code, requestId));
  let admin: AdminServer | undefined;
  try {
    await application.init();
    if (env.admin !== undefined) {
      admin = await serveMetrics(env.admin, () => application.get(Registry).metrics());
    }
    // Nest's own listen() would also log a failure, which main.ts explains in one line.
    await once(server.listen(env.port, env.host), 'listening');
  } catch (error) {
    await admin?.close();
    await application.close();
    throw error;
  }
  return {
    application,
    url: urlOf(server, env.host),
    ...(admin !== undefined && { metricsUrl: admin.url }),
    database: database.endpoint.description,
    databaseLost: database.lost,
    stop: async () => {
      drain(server);
      await application.close();
      await admin?.close();
      await database.release();
    },
  };
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const everywhere = host === '0.0.0.0' || host === '::';
  const name = everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
