import { expect } from '@jest/globals';
import { eventually } from '../app/eventually';
import { aCaller } from '../app/tokens';
import { FaultPostgres } from './fault-postgres';
import { FaultServer } from './fault-server';
import { History } from './history';

/** What is done to PostgreSQL while clients write. */
export interface DatabaseFault {
  /** In the catalogue, docs/faults.md. */
  readonly id: string;
  readonly what: string;
  readonly strike: () => Promise<unknown>;
  /** Waits for what shows that it has struck. */
  readonly isFelt: (history: History) => Promise<unknown>;
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

  /** Waits until somebody new can write. A session that is frozen may hold the feeds of all others. */
  async servesNewcomers(): Promise<void> {
    const init = { method: 'POST', body: '{"title":"of a newcomer"}' };
    await eventually(async () => {
      const answer = await this.server.request(await aCaller(), '/api/me/tasks', init);
      return answer.status === 201;
    });
  }

  /** Whatever happens to PostgreSQL, clients are told to come back, nobody is cut, nothing is lost. */
  async outlasts({ id, what, strike, isFelt, heal }: DatabaseFault): Promise<void> {
    const { server } = this;
    const history = await History.begin(server);

    await strike();
    await isFelt(history);
    expect(await server.health('live')).toBe(200);
    await heal();
    await history.recovers();
    await history.acknowledges(50);

    const { aborted } = await history.end(`${id}: ${what}`);
    expect(aborted).toBe(0);
    await eventually(async () => (await server.health('ready')) === 200);
    expect(server.process.isRunning).toBe(true);
  }
}
