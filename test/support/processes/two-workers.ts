import request, { type Test } from 'supertest';
import { type BuiltServer, ServerHome } from './built-server';
import { eventually } from '../app/eventually';
import type { Method } from '../app/tested-api';
import { TestDatabase } from '../database/test-database';
import type { Caller } from '../app/tokens';
import { answering, askAnew, TWO_WORKERS } from './worker-server';

/** The built server with two workers, on a database of its own. */
export class TwoWorkers {
  private constructor(
    private readonly home: ServerHome,
    readonly server: BuiltServer,
    readonly database: TestDatabase,
  ) {}

  /** Both of them have answered. */
  static async start(variables: Readonly<Record<string, string>> = {}): Promise<TwoWorkers> {
    const database = await TestDatabase.create();
    const home = await ServerHome.create();
    const server = await home.start({
      ...TWO_WORKERS,
      RATE_LIMIT: '0',
      ...variables,
      ...database.variables,
    });
    await eventually(async () => {
      await askAnew(server);
      return answering(server).length === 2;
    });
    return new TwoWorkers(home, server, database);
  }

  /** A request by this caller, on a connection of its own: workers get those in turn. */
  send(method: Method, path: string, caller?: Caller): Test {
    const agent = request(this.server.url);
    const test = agent[method](path).set('Connection', 'close');
    return caller === undefined ? test : test.set('Authorization', caller.authorization);
  }

  async stop(): Promise<void> {
    await this.home.remove();
    await this.database.drop();
  }
}
