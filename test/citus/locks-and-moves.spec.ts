import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { OWNER_COLUMN } from '../../src/database/isolation/isolation-plan';
import { openClient, withClient } from '../../src/database/session/client';
import { TestApplication } from '../support/app/test-application';
import { aCaller } from '../support/app/tokens';
import { nodesOf } from '../support/citus/citus-nodes';
import { History } from '../support/faults/history';
import { storedTasks } from '../support/faults/history-audit';
import { HttpSender, type Message } from '../support/http/http-sender';
import { publishedWorkers } from '../support/database/test-cluster';
import type { TestDatabase } from '../support/database/test-database';
import { TwoWorkers } from '../support/processes/two-workers';
import { describeWith } from '../support/requirements';

jest.setTimeout(120_000);

const CREATE: Message = { method: 'POST', path: '/api/me/tasks', body: { title: 'of somebody' } };

describeWith('citus', 'On Citus', () => {
  let app: TestApplication;
  let sender: HttpSender;

  beforeAll(async () => {
    app = await TestApplication.start();
    sender = new HttpSender(app.port, 200);
  });
  afterAll(async () => {
    sender.close();
    await app.stop();
  });

  it('a write that waits for a lock on a worker gets 503 busy', async () => {
    const caller = await aCaller();
    expect((await sender.send(caller, CREATE)).status).toBe(201);
    const holder = await openClient(app.database.endpoint.owner);
    await holder.query('begin');
    await holder.query('select from feeds where user_id = $1 for update', [caller.userId]);

    const { status, body } = await sender.send(caller, CREATE);
    await holder.query('rollback');
    await holder.end();

    expect({ status, ...(JSON.parse(body) as object) }).toMatchObject({
      status: 503,
      type: expect.stringMatching(/busy$/),
    });
    expect((await sender.send(caller, CREATE)).status).toBe(201);
  });

  it('nothing that was acknowledged is lost while a shard moves, which stays as confined as it was', async () => {
    const history = await History.begin(
      { port: app.port, stored: () => storedTasks(app.database) },
      { users: 12, writersOfEach: 1 },
    );

    await moveShards(app.database, () => history.acknowledges(20));
    await history.recovers();

    expect((await history.end('shards of Citus move')).aborted).toBe(0);
    expect(await unconfinedShards(app.database)).toEqual([]);
  });
});

describeWith('citus', 'Two processes on Citus', () => {
  let workers: TwoWorkers;

  beforeAll(async () => {
    workers = await TwoWorkers.start();
  });
  afterAll(() => workers.stop());

  it('have lanes to each worker', async () => {
    const [, ...nodes] = await nodesOf(workers.database);

    for (const { settings } of nodes) {
      const { rows } = await withClient(settings, (client) =>
        client.query(
          `select count(*)::int as lanes from pg_stat_activity
           where datname = current_database() and application_name = 'task-api'`,
        ),
      );
      expect(rows).toEqual([{ lanes: 6 }]);
    }
  });

  it('lose nothing that was acknowledged while shards move', async () => {
    const history = await History.begin(
      {
        port: Number(workers.server.port),
        stored: () => storedTasks(workers.database),
      },
      { users: 12, writersOfEach: 2 },
    );

    await moveShards(workers.database, () => history.acknowledges(40));
    await history.recovers();
    await history.acknowledges(200);

    const fault = 'shards of Citus move under two processes';
    expect((await history.end(fault)).aborted).toBe(0);
    expect(await unconfinedShards(workers.database)).toEqual([]);
  });
});

/** Moves two shards of tasks from the first worker to the second. */
async function moveShards(database: TestDatabase, between: () => Promise<void>): Promise<void> {
  for (const shard of (await shardsOnFirstWorker(database)).slice(0, 2)) {
    await database.query(
      `select citus_move_shard_placement($1, $2, $3, $4, $5, 'block_writes')`,
      shard,
    );
    await between();
  }
}

/** What a move of each shard of tasks that is on the first worker takes: the shard, from where, and to where. */
async function shardsOnFirstWorker(database: TestDatabase): Promise<(string | number)[][]> {
  const [from, to] = publishedWorkers();
  const rows = await database.query<{ shard: string }>(
    `select shardid::text as shard from citus_shards
     where table_name = 'tasks'::regclass and nodename = $1 and nodeport = $2 order by shardid`,
    [from?.host, from?.port],
  );
  return rows.map(({ shard }) => [
    shard,
    ...[from, to].flatMap((node) => [node?.host ?? '', node?.port ?? 0]),
  ]);
}

/** Shards that row-level security does not bind everybody to, on any node. */
async function unconfinedShards(database: TestDatabase): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, settings, shards } of await nodesOf(database)) {
    const names = Object.entries(shards).flatMap(([table, list]) =>
      table in OWNER_COLUMN ? list : [],
    );
    await withClient(settings, async (client) => {
      await client.query('set citus.override_table_visibility = off');
      const { rows } = await client.query<{ relname: string }>(
        `select relname from pg_class
         where relname = any($1) and relrowsecurity and relforcerowsecurity`,
        [names],
      );
      const confined = new Set(rows.map(({ relname }) => relname));
      found.push(
        ...names.filter((shard) => !confined.has(shard)).map((shard) => `${shard} on ${name}`),
      );
    });
  }
  return found;
}
