import { NestFactory } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from '../app.module';
import { parseEnv } from '../config/env';
import type { DatabaseEndpoint } from '../database/session/connection-settings';
import { TaskApiAdapter } from '../http/adapter/task-api.adapter';
import { describeApi } from '../openapi/openapi-document';

/**
 * A configured identity: the committed document is that of production, without the development
 * issuer.
 */
const CONFIGURATION = {
  NODE_ENV: 'production',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'task-api',
};
const NO_DATABASE: Pick<DatabaseEndpoint, 'api'> = { api: {} };

/**
 * The OpenAPI document as a production server serves it, without a server: Nest's preview mode
 * knows the routes and instantiates nothing, so it needs neither a database nor a configuration.
 */
export async function openApiDocumentWithoutDatabase(): Promise<OpenAPIObject> {
  const application = await NestFactory.create(
    AppModule.register(parseEnv(CONFIGURATION), NO_DATABASE),
    new TaskApiAdapter(),
    { preview: true, abortOnError: false, logger: ['error'] },
  );
  return describeApi(application);
}
