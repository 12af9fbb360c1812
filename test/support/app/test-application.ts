import type { LoggerService } from '@nestjs/common';
import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request, { type Test } from 'supertest';
import { createApplication } from '../../../src/application';
import { type Env, parseEnv } from '../../../src/config/env';
import type { ConnectionLimits } from '../../../src/http/http-server';
import { describeApi } from '../../../src/openapi/openapi-document';
import { DocumentedApi } from '../openapi/openapi-validation';
import { TestDatabase } from '../database/test-database';
import { type Caller, TEST_SECRET } from './tokens';

export type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options';

/** The whole application on a database of its own, as main.ts serves it. */
export class TestApplication {
  #documented: DocumentedApi | undefined;

  private constructor(
    readonly nest: NestExpressApplication,
    readonly database: TestDatabase,
  ) {}

  /**
   * @param log takes what it logs, instead of standard output
   * @param limits of connections, instead of those that the product has
   */
  static async start(
    variables: Readonly<Record<string, string>> = {},
    log?: LoggerService,
    limits?: ConnectionLimits,
  ): Promise<TestApplication> {
    const database = await TestDatabase.create();
    const nest = await createApplication(testEnv(variables), database.endpoint, log, limits);
    await nest.listen(0, '127.0.0.1');
    return new TestApplication(nest, database);
  }

  get server(): Server {
    return this.nest.getHttpServer();
  }

  /**
   * A request by this caller; nobody's if there is none. An answer that the OpenAPI document does
   * not tell fails it.
   */
  send(method: Method, path: string, caller?: Caller): Test {
    const agent = request(this.server);
    const test = agent[method](path).expect(({ status, headers, text }) => {
      this.documented.check({ method, path, status, headers, text });
    });
    return caller === undefined ? test : test.set('Authorization', caller.authorization);
  }

  /** What its OpenAPI document tells. */
  get documented(): DocumentedApi {
    this.#documented ??= new DocumentedApi(describeApi(this.nest));
    return this.#documented;
  }

  async stop(): Promise<void> {
    await this.nest.close();
    await this.database.drop();
  }
}

export function testEnv(variables: Readonly<Record<string, string>> = {}): Env {
  return parseEnv({
    NODE_ENV: 'test',
    AUTH_SECRET: TEST_SECRET,
    HOST: '127.0.0.1',
    // Tests ask much, and cause failures on purpose: those that are about limits and logs say so.
    RATE_LIMIT: '0',
    LOG_LEVEL: 'fatal',
    ...variables,
  });
}
