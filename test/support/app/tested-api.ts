import request, { type Test } from 'supertest';
import type { TestDatabase } from '../database/test-database';
import type { DocumentedApi } from '../openapi/openapi-validation';
import type { Caller } from './tokens';

export type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options';

/** The API, and the database behind it. */
export interface TestedApi {
  readonly url: string;
  readonly port: number;
  readonly database: TestDatabase;
  readonly documented: DocumentedApi;
  /**
   * Sends a request of this caller, or an anonymous one. It fails where the OpenAPI document does
   * not describe the answer.
   */
  send(method: Method, path: string, caller?: Caller): Test;
  stop(): Promise<void>;
}

export function sendTo(
  { url, documented }: Pick<TestedApi, 'url' | 'documented'>,
  method: Method,
  path: string,
  caller?: Caller,
): Test {
  const test = request(url)
    [method](path)
    .expect(({ status, headers, text }) => {
      documented.check({ method, path, status, headers, text });
    });
  return caller === undefined ? test : test.set('Authorization', caller.authorization);
}
