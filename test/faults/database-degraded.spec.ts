import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/app/eventually';
import { type DatabaseFault, FaultHarness } from '../support/faults/fault-harness';
import { aCaller } from '../support/app/tokens';

jest.setTimeout(90_000);

/** Whatever changes a task takes longer than a statement may. */
const SLOW = `
  create or replace function slow() returns trigger language plpgsql as $$
  begin perform pg_sleep(20); return new; end $$;
  create or replace trigger slow before insert or update on tasks
    for each row execute function slow()`;
/** Without a lock on the table. */
const FAST = `
  create or replace function slow() returns trigger language plpgsql as $$
  begin return new; end $$`;
const WAKE = `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`;

let rig: FaultHarness;
let locker: Client;

beforeAll(async () => {
  rig = await FaultHarness.start();
  locker = new Client(rig.postgres.endpoint.owner);
  await locker.connect();
});
afterAll(async () => {
  await locker.end();
  await rig.stop();
});

async function lockTasks(): Promise<void> {
  await locker.query('begin');
  await locker.query('lock table tasks in access exclusive mode');
}

/** Somebody's attempt to create a task, as the code of the refusal; undefined if it was none. */
async function codeOfCreate(): Promise<string | undefined> {
  const body = JSON.stringify({ title: 'refused' });
  const init = { method: 'POST', body };
  const refusal = await rig.server.request(await aCaller(), '/api/me/tasks', init);
  return ((await refusal.json()) as { code?: string }).code;
}

interface Fault extends Omit<DatabaseFault, 'isFelt'> {
  /** What clients are told. */
  readonly code: RegExp;
}

const FAULTS: readonly Fault[] = [
  {
    id: 'F9',
    what: 'statements take longer than they may',
    // A statement that waits behind others for its turn is not sent at all.
    code: /^(query-timeout|overloaded)$/,
    strike: () => rig.postgres.query(SLOW),
    // One after the other: whoever wakes before the first is committed goes to sleep again.
    heal: async () => {
      await rig.postgres.query(FAST);
      await rig.postgres.query(WAKE);
    },
  },
  {
    id: 'F11',
    what: 'somebody holds a lock on the table',
    code: /^busy$/,
    strike: lockTasks,
    heal: () => locker.query('rollback'),
  },
  {
    id: 'F13',
    what: 'the role has no connections left',
    code: /^database-unavailable$/,
    strike: async () => {
      await rig.postgres.query('alter role task_api connection limit 0');
      await rig.postgres.terminateBackends();
    },
    heal: () => rig.postgres.query('alter role task_api connection limit -1'),
  },
  {
    id: 'F14',
    what: 'the database takes no writes, as after a failover',
    code: /^database-unavailable$/,
    strike: async () => {
      await rig.postgres.query('alter database task_api set default_transaction_read_only = on');
      await rig.postgres.terminateBackends();
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
    ({ code, ...fault }) =>
      rig.outlasts({
        ...fault,
        isFelt: async (history) => {
          await history.isRefused(2);
          await eventually(async () => code.test((await codeOfCreate()) ?? ''));
        },
      }),
  );
});

it('F14: reads go on where the database takes no writes', async () => {
  const caller = await aCaller();
  const read = async () => (await rig.server.request(caller, '/api/me/tasks')).status;
  const write = async () => {
    const body = JSON.stringify({ title: 'refused' });
    return (await rig.server.request(caller, '/api/me/tasks', { method: 'POST', body })).status;
  };
  await rig.postgres.query('alter database task_api set default_transaction_read_only = on');
  await rig.postgres.terminateBackends();
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
  const searches = Array.from({ length: 20 }, () =>
    rig.server.request(caller, '/api/me/tasks?q=x'),
  );

  const needNone = await Promise.all([
    rig.server.health('live'),
    rig.server.request(caller, `/api/${other.userId}/tasks`).then(({ status }) => status),
    rig.server.request(caller, '/api/me/tasks?limit=0').then(({ status }) => status),
    rig.server.request(caller, '/api/me/tasks/not-an-id').then(({ status }) => status),
  ]);
  const refused = await Promise.all(searches);

  expect(needNone).toEqual([200, 403, 400, 400]);
  for (const { status, headers } of refused) {
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  }
  await locker.query('rollback');
  expect((await rig.server.request(caller, '/api/me/tasks?q=x')).status).toBe(200);
});
