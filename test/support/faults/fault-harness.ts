import { expect } from '@jest/globals';
import { eventually } from '../app/eventually';
import { aCaller, type Caller } from '../app/tokens';
import { FaultPostgres } from './fault-postgres';
import { FaultServer } from './fault-server';
import { History } from './history';

/** What is done to PostgreSQL while clients write. */
export interface DatabaseFault {
  /** In the catalogue, docs/faults.md. */
  readonly id: string;
  readonly what: string;
  readonly strike: () => Promise<unknown>;
  /**
   * Waits for what shows that it has struck.
   * @param served waits until somebody who had no write under way is served
   */
  readonly isFelt: (history: History, served: () => Promise<void>) => Promise<unknown>;
  readonly heal: () => Promise<unknown>;
}

/** The built server on a PostgreSQL of its own. */
export class FaultHarness {
  private constructor(
    readonly postgres: FaultPostgres,
    readonly server: FaultServer,
  ) {}

  static async start(variables: Readonly<Record<string, string>> = {}): Promise<FaultHarness> {
    const postgres = await FaultPostgres.create();
    const server = await FaultServer.at(postgres, variables);
    await server.start();
    return new FaultHarness(postgres, server);
  }

  /** A server that reaches its PostgreSQL by another way. */
  static async of(postgres: FaultPostgres, server: FaultServer): Promise<FaultHarness> {
    await server.start();
    return new FaultHarness(postgres, server);
  }

  async stop(): Promise<void> {
    await this.server.remove();
    await this.postgres.remove();
  }

  /** Whatever happens to PostgreSQL, clients are told to come back, nobody is cut, nothing is lost. */
  async outlasts({ id, what, strike, isFelt, heal }: DatabaseFault): Promise<void> {
    const { server } = this;
    const history = await History.begin(server);
    const caller = await aCaller();
    const served = (): Promise<void> => eventually(() => this.#writes(caller));
    await served();

    await strike();
    await isFelt(history, served);
    expect(await server.health('live')).toBe(200);
    await heal();
    await history.recovers();
    await history.acknowledges(50);

    const { aborted } = await history.end(`${id}: ${what}`);
    expect(aborted).toBe(0);
    await eventually(async () => (await server.health('ready')) === 200);
    expect(server.process.isRunning).toBe(true);
  }

  async #writes(caller: Caller): Promise<boolean> {
    const init = { method: 'POST', body: '{"title":"of a bystander"}' };
    return (await this.server.request(caller, '/api/me/tasks', init)).status === 201;
  }
}
