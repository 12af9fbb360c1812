import type { OpenAPIObject } from '@nestjs/swagger';
import { readFileSync } from 'node:fs';
import { TestDatabase } from '../database/test-database';
import { DocumentedApi } from '../openapi/openapi-validation';
import { publishedProduct } from './shared-products';
import { sendTo, type TestedApi } from './tested-api';

/**
 * The product with the settings of `testEnv()` that runs beside this Jest worker, on an empty
 * database. Test files use it in turn: none of them has to load the application.
 */
export async function sharedApplication(): Promise<TestedApi> {
  const { url, endpoint } = publishedProduct();
  const database = await TestDatabase.at(endpoint);
  await database.clear();
  const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPIObject;
  const api = { url, documented: new DocumentedApi(document) };
  return {
    ...api,
    port: Number(new URL(url).port),
    database,
    send: (method, path, caller) => sendTo(api, method, path, caller),
    stop: () => database.close(),
  };
}
