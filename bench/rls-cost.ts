import { Client } from 'pg';
import { DataSource } from 'typeorm';
import type { CompiledStatement, StatementValue } from '../src/database/compiled-statement';
import { dataSourceOptions } from '../src/database/schema/data-source-options';
import { DatabaseSession } from '../src/database/session/database-session';
import { PrepareBatch, PipelineBatch, type Settle } from '../src/database/batch/pipeline-batch';
import { scopeStatements } from '../src/database/batch/scope-statements';
import { Task } from '../src/tasks/task.entity';
import { User } from '../src/users/user.entity';
import { tasksStatements } from '../src/tasks/tasks.statements';
import { UserScope } from '../src/user-scope/user-scope';
import type { WorkingCopy } from './bench-database';
import type { Dataset } from './dataset';
import { cpuMs } from './process-usage';
import { Random } from './random';
import { UnscopedQuery } from './unscoped-query';

/** As many as the API has lanes, and as many requests at once as in the comparison. */
const CONNECTIONS = 2;
const IN_FLIGHT = 32;

/**
 * `off`: no scope, and the session of a superuser, who bypasses row-level security. Its writes all have
 * one number, where those of `on` take a number of the feed together with their scope.
 */
export type Layer3 = 'on' | 'off';
export type RlsRoute = 'get' | 'complete';

/** Of one request: microseconds of processor time, and how many there were in a second. */
export interface RequestCost {
  readonly nodeMicros: number;
  readonly postgresMicros: number;
  readonly perSecond: number;
}

/** Connections like those of lanes, with layer 3 or without it. */
export class RlsMeasurement {
  private constructor(
    private readonly layer3: Layer3,
    private readonly clients: readonly Client[],
    private readonly statements: Readonly<Record<RlsRoute, CompiledStatement>>,
    private readonly dataset: Dataset,
    private readonly postgresPid: number,
  ) {}

  static async start(
    layer3: Layer3,
    { endpoint }: WorkingCopy,
    dataset: Dataset,
    postgresPid: number,
  ): Promise<RlsMeasurement> {
    const { config } = await DatabaseSession.negotiate(endpoint.api);
    const source = new DataSource(dataSourceOptions(endpoint.owner, 1, [User, Task]));
    await source.initialize();
    const { get, complete } = tasksStatements(source.getRepository(Task));
    await source.destroy();
    const session = layer3 === 'on' ? config : endpoint.owner;
    const clients = Array.from(
      { length: CONNECTIONS },
      () => new Client({ ...session, pipeline: true }),
    );
    const prepared = [...scopeStatements('implicit'), get, complete];
    await Promise.all(
      clients.map(async (client) => {
        await client.connect();
        await client.query('set plan_cache_mode = force_generic_plan');
        if (layer3 === 'off') await client.query(`set app.change = '1'`);
        await answer((settle) => client.query(new PrepareBatch(prepared, settle)));
      }),
    );
    return new RlsMeasurement(layer3, clients, { get, complete }, dataset, postgresPid);
  }

  async measure(route: RlsRoute, requests: number, seed: number): Promise<RequestCost> {
    const random = new Random(seed);
    const postgresBefore = cpuMs(this.postgresPid);
    const nodeBefore = process.cpuUsage();
    const startedAt = performance.now();
    let left = requests;
    const worker = async (index: number): Promise<void> => {
      for (; left > 0; left -= 1) await this.#ask(route, index % CONNECTIONS, random);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => worker(index)));
    const seconds = (performance.now() - startedAt) / 1_000;
    const { user, system } = process.cpuUsage(nodeBefore);
    return {
      nodeMicros: (user + system) / requests,
      postgresMicros: ((cpuMs(this.postgresPid) - postgresBefore) * 1_000) / requests,
      perSecond: requests / seconds,
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.end()));
  }

  /** @throws Error unless one row comes back, or a measurement of empty answers would look fast */
  async #ask(route: RlsRoute, connection: number, random: Random): Promise<void> {
    const user = random.integer(1, this.dataset.shape.users);
    const owner = this.dataset.userId(user);
    const id = this.dataset.taskId(user, random.integer(1, this.dataset.shape.tasksPerUser));
    const values: StatementValue[] = route === 'get' ? [id] : [id, null];
    const statement = this.statements[route];
    const client = this.clients[connection];
    // A write takes its number either way. That sets the scope, too, but nothing heeds it without layer 3.
    const isScoped = this.layer3 === 'on' || statement.numbers !== undefined;
    const rows = await answer((settle) => {
      client?.query(
        isScoped
          ? new PipelineBatch([{ scope: UserScope.of(owner), statement, values }], {
              mode: 'implicit',
              texts: 'kept',
              settle,
            })
          : new UnscopedQuery(statement, [owner, ...values], settle),
      );
    });
    if (rows !== 1) throw new Error(`${route} with layer 3 ${this.layer3}: ${rows} rows, not one`);
  }
}

function answer(send: (settle: Settle) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    send((error, [one]) => {
      if (error === null) resolve(one?.rows.length ?? 0);
      else reject(error);
    });
  });
}
