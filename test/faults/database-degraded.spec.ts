import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/eventually';
import { FaultPostgres } from '../support/fault-postgres';
import { FaultServer } from '../support/fault-server';
import { History } from '../support/history';
import { aCaller } from '../support/tokens';

jest.setTimeout(90_000);

/** Whatever changes a task takes longer than a statement may. */
const SLOW = `
  create or replace function slow() returns trigger language plpgsql as $$
  begin perform pg_sleep(20); return new; end $$;
  create or replace trigger slow before insert or update on tasks
    for each row execute function slow()`;
/** Without a lock on the table, and without the statements that sleep already. */
const FAST = `
  create or replace function slow() returns trigger language plpgsql as $$
  begin return new; end $$;
  select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`;

let postgres: FaultPostgres;
let server: FaultServer;
let locker: Client;

beforeAll(async () => {
  postgres = await FaultPostgres.create();
  server = await FaultServer.at(postgres);
  await server.start();
  locker = new Client(postgres.endpoint.owner);
  await locker.connect();
});
afterAll(async () => {
  await locker.end();
  await server.remove();
  await postgres.remove();
});

async function lockTasks(): Promise<void> {
  await locker.query('begin');
  await locker.query('lock table tasks in access exclusive mode');
}

interface Fault {
  readonly id: string;
  readonly what: string;
  readonly code: string;
  readonly strike: () => Promise<unknown>;
  readonly heal: () => Promise<unknown>;
}

const FAULTS: readonly Fault[] = [
  {
    id: 'F9',
    what: 'statements take longer than they may',
    code: 'query-timeout',
    strike: () => postgres.query(SLOW),
    heal: () => postgres.query(FAST),
  },
  {
    id: 'F11',
    what: 'somebody holds a lock on the table',
    code: 'busy',
    strike: lockTasks,
    heal: () => locker.query('rollback'),
  },
  {
    id: 'F13',
    what: 'the role has no connections left',
    code: 'database-unavailable',
    strike: async () => {
      await postgres.query('alter role task_api connection limit 0');
      await postgres.terminateBackends();
    },
    heal: () => postgres.query('alter role task_api connection limit -1'),
  },
  {
    id: 'F14',
    what: 'the database takes no writes, as after a failover',
    code: 'database-unavailable',
    strike: async () => {
      await postgres.query('alter database task_api set default_transaction_read_only = on');
      await postgres.terminateBackends();
    },
    // Its sessions stay as they are: replacing them is up to the API.
    heal: async () => {
      await locker.query('set transaction_read_only = off');
      await locker.query('alter database task_api reset default_transaction_read_only');
    },
  },
];

describe('While clients write', () => {
  it.each(FAULTS)(
    '$id: $what; clients are told to come back, and nothing is lost (F26)',
    async ({ id, what, code, strike, heal }) => {
      const caller = await aCaller();
      const history = await History.begin(server);

      await strike();
      await history.isRefused(2);
      await eventually(async () => {
        const body = JSON.stringify({ title: 'refused' });
        const refusal = await server.request(caller, '/api/me/tasks', { method: 'POST', body });
        return ((await refusal.json()) as { code?: string }).code === code;
      });
      expect(await server.health('live')).toBe(200);
      await heal();
      await history.recovers();
      await history.acknowledges(50);

      const { breaches, lost, counts } = await history.end(`${id}: ${what}`, server.stored);
      expect({ breaches, lost, aborted: counts.aborted }).toEqual({
        breaches: [],
        lost: [],
        aborted: 0,
      });
      await eventually(async () => (await server.health('ready')) === 200);
      expect(server.process.isRunning).toBe(true);
    },
  );
});

it('F14: reads go on where the database takes no writes', async () => {
  const caller = await aCaller();
  const read = async () => (await server.request(caller, '/api/me/tasks')).status;
  const write = async () => {
    const body = JSON.stringify({ title: 'refused' });
    return (await server.request(caller, '/api/me/tasks', { method: 'POST', body })).status;
  };
  await postgres.query('alter database task_api set default_transaction_read_only = on');
  await postgres.terminateBackends();
  await eventually(async () => (await read()) === 200);

  const statuses = new Set<string>();
  for (let n = 0; n < 50; n += 1) statuses.add(`${await read()} ${await write()}`);

  expect(statuses).toEqual(new Set(['200 503']));
  await locker.query('alter database task_api reset default_transaction_read_only');
  await eventually(async () => (await write()) === 201);
});

it('F8: with every connection for searches busy, the rest is refused, and what needs none is not', async () => {
  const [caller, other] = [await aCaller(), await aCaller()];
  await lockTasks();
  const searches = Array.from({ length: 20 }, () => server.request(caller, '/api/me/tasks?q=x'));

  const needNone = await Promise.all([
    server.health('live'),
    server.request(caller, `/api/${other.userId}/tasks`).then(({ status }) => status),
    server.request(caller, '/api/me/tasks?limit=0').then(({ status }) => status),
    server.request(caller, '/api/me/tasks/not-an-id').then(({ status }) => status),
  ]);
  const refused = await Promise.all(searches);

  expect(needNone).toEqual([200, 403, 400, 400]);
  for (const { status, headers } of refused) {
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  }
  await locker.query('rollback');
  expect((await server.request(caller, '/api/me/tasks?q=x')).status).toBe(200);
});
