import type { Env } from '../config/env';
import {
  makesDatabase,
  type ProvidedDatabase,
  provideDatabase,
} from '../embedded-postgres/provide-database';
import { listeningFault } from '../http/adapter/listening-fault';
import { AdminPortError, serveMetrics } from '../metrics/admin-server';
import type { HttpService } from './http-service';

type Report = (what: string) => void;

/** A service with its database and its metrics, which stop last. */
export interface RunningServer extends Omit<HttpService, 'metrics'> {
  /** Where the metrics are; absent without ADMIN_PORT. */
  readonly metricsUrl?: string;
  /** Where the data is, for people. */
  readonly database: string;
}

/**
 * Provides a database, migrates it, and serves, in this process or by workers. If it fails, or the
 * process exits meanwhile, nothing stays running.
 * @param report called with what takes longer than usual, in words for people
 */
export async function startServer(env: Env, report: Report): Promise<RunningServer> {
  if (makesDatabase(env)) await requireFreePorts(env);
  const opening = openDatabase(env, report);
  // Avoids an unhandled rejection; the awaiters below still see the error.
  opening.catch(() => undefined);
  try {
    // Modules load, and workers start, while PostgreSQL does.
    const { serve } = await (env.workers === 1
      ? import('./serve.js')
      : import('./workers/serve-by-workers.js'));
    const service = await serve(
      env,
      opening.then(({ endpoint }) => endpoint),
    );
    return await withMetrics(env, service, await opening);
  } catch (error) {
    const database = await opening.catch(() => undefined);
    await database?.release();
    throw error;
  }
}

/** Reports a taken port before spending seconds on a database that nobody can reach. */
async function requireFreePorts({ host, port, admin }: Env): Promise<void> {
  const fault = port === 0 ? undefined : await listeningFault(host, port);
  if (fault !== undefined) throw fault;
  const ofAdmin =
    admin === undefined || admin.port === 0
      ? undefined
      : await listeningFault(admin.host, admin.port);
  if (ofAdmin !== undefined) throw new AdminPortError(ofAdmin);
}

async function openDatabase(env: Env, report: Report): Promise<ProvidedDatabase> {
  const database = await provideDatabase(env, report);
  try {
    const { migrate } = await import('../database/schema/migrate.js');
    await migrate(database.endpoint.owner);
    return database;
  } catch (error) {
    await database.release();
    throw error;
  }
}

async function withMetrics(
  { admin }: Env,
  service: HttpService,
  database: ProvidedDatabase,
): Promise<RunningServer> {
  const { url, metrics: read, failed } = service;
  const metrics =
    admin !== undefined && read !== undefined
      ? await serveMetrics(admin, async () => (await read()).metrics()).catch(
          async (error: unknown) => {
            await service.stop();
            throw error;
          },
        )
      : undefined;
  const databaseLost = database.lost.then((how) => `The embedded database ${how}`);
  return {
    url,
    ...(metrics !== undefined && { metricsUrl: metrics.url }),
    database: database.endpoint.description,
    failed: Promise.race([failed, databaseLost]),
    stop: async () => {
      database.announceRelease();
      await service.stop();
      await metrics?.close();
      await database.release();
    },
  };
}
