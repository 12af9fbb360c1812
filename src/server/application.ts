import 'reflect-metadata';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Registry } from 'prom-client';
import { AppModule } from '../app.module';
import { isLocalCaller, LOOPBACK_ORIGIN } from '../auth/development-issuer/local-caller.guard';
import { RequestAuthenticator } from '../auth/request-authenticator';
import type { Env } from '../config/env';
import type { ServedDatabase } from '../database/database.module';
import { corsOptions } from '../http/output/cors';
import { answerUnreadable, type ConnectionLimits } from '../http/adapter/http-server';
import { TaskApiAdapter } from '../http/adapter/task-api.adapter';
import { logAnswers } from '../http/adapter/access-log';
import { logOutput } from '../logging/log-output';
import { PinoLog } from '../logging/pino-log';
import { measureRequests } from '../metrics/request-durations';
import { registerAdmissionMetrics } from '../metrics/request-metrics';
import { serveExplorer } from '../pages/explorer';
import { ProblemReports } from '../error-handling/problem-reports';

/**
 * Builds the application that main.ts serves and the tests drive; it does not listen yet.
 * @param limits other than those of CONNECTION_LIMITS, for tests that cannot wait so long
 */
export async function createApplication(
  env: Env,
  database: ServedDatabase,
  log?: LoggerService,
  limits?: ConnectionLimits,
): Promise<NestExpressApplication> {
  const adapter = new TaskApiAdapter(limits, env.basePath);
  const application = await NestFactory.create<NestExpressApplication>(
    AppModule.register(env, database),
    adapter,
    // Bodies are read by the routes that have one, behind the guard (http/input/json-body.ts).
    {
      bodyParser: false,
      abortOnError: false,
      logger: log ?? new PinoLog(env, await logOutput(env)),
    },
  );
  const callers = application.get(RequestAuthenticator);
  adapter.callerOf = callers.callerOf.bind(callers);
  const reports = application.get(ProblemReports);
  answerUnreadable(application.getHttpServer(), (code, requestId) => {
    reports.reportUnreadable(code, requestId);
  });
  if (env.logLevel === 'debug') logAnswers(application.getHttpServer());
  if (env.admin !== undefined) {
    const registry = application.get<Registry>(Registry);
    measureRequests(application.getHttpServer(), registry);
    registerAdmissionMetrics(registry, adapter.admission);
  }
  if (env.trustProxy !== undefined) application.set('trust proxy', env.trustProxy);
  const letsPagesIn = env.auth.mode === 'development-issuer';
  if (letsPagesIn || env.corsOrigins.length > 0) {
    application.enableCors(
      corsOptions({
        origins: env.corsOrigins,
        headers: env.corsHeaders,
        ...(letsPagesIn && { local: { origin: LOOPBACK_ORIGIN, isLocal: isLocalCaller } }),
      }),
    );
  }
  adapter.registerLast(() => serveExplorer(application));
  return application;
}
