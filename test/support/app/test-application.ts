import type { LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';
import type { Test } from 'supertest';
import type { ConnectionLimits } from '../../../src/http/adapter/http-server';
import { describeApi } from '../../../src/openapi/openapi-document';
import { TestDatabase } from '../database/test-database';
import { DocumentedApi } from '../openapi/openapi-validation';
import { type ServedApplication, serveAt } from './application-at';
import { type Method, sendTo, type TestedApi } from './tested-api';
import type { Caller } from './tokens';

/** An application of one test file's own, in its process and on its own database. */
export class TestApplication implements TestedApi {
  #documented: DocumentedApi | undefined;

  private constructor(
    private readonly served: ServedApplication,
    readonly database: TestDatabase,
  ) {}

  /**
   * @param log receives the log, instead of standard output
   * @param limits of connections, instead of the product's
   */
  static async start(
    variables: Readonly<Record<string, string>> = {},
    log?: LoggerService,
    limits?: ConnectionLimits,
  ): Promise<TestApplication> {
    const database = await TestDatabase.create();
    try {
      const served = await serveAt(database.endpoint, variables, log, limits);
      return new TestApplication(served, database);
    } catch (error) {
      await database.drop();
      throw error;
    }
  }

  get nest(): NestExpressApplication {
    return this.served.nest;
  }

  get server(): Server {
    return this.nest.getHttpServer();
  }

  get url(): string {
    return this.served.url;
  }

  get port(): number {
    return this.served.port;
  }

  get documented(): DocumentedApi {
    this.#documented ??= new DocumentedApi(describeApi(this.nest));
    return this.#documented;
  }

  send(method: Method, path: string, caller?: Caller): Test {
    return sendTo(this, method, path, caller);
  }

  async stop(): Promise<void> {
    await this.served.stop();
    await this.database.drop();
  }
}
