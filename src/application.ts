import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import type { Env } from './config/env';
import type { DatabaseEndpoint } from './database/connection-settings';
import { corsOptions } from './http/cors';
import { TaskApiAdapter } from './http/task-api.adapter';
import { serveExplorer } from './openapi/explorer';

/** Builds the application that main.ts serves and the tests drive; it does not listen yet. */
export async function createApplication(
  env: Env,
  database: DatabaseEndpoint,
): Promise<NestExpressApplication> {
  const adapter = new TaskApiAdapter();
  const application = await NestFactory.create<NestExpressApplication>(
    AppModule.register(env, database),
    adapter,
    // Bodies are read by the routes that have one, behind the guard (http/json-body.ts).
    { bodyParser: false, abortOnError: false, logger: ['error', 'warn'] },
  );
  if (env.trustProxy !== undefined) application.set('trust proxy', env.trustProxy);
  if (env.corsOrigins.length > 0) application.enableCors(corsOptions(env.corsOrigins));
  adapter.registerLast(() => serveExplorer(application));
  return application;
}
