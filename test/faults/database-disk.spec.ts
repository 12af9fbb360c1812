import { afterEach, beforeEach, expect, jest } from '@jest/globals';
import { eventually } from '../support/app/eventually';
import { FaultHarness } from '../support/faults/fault-harness';
import { History } from '../support/faults/history';
import { itWith } from '../support/requirements';
import { SmallDisk } from '../support/processes/small-disk';
import { aCaller } from '../support/app/tokens';

jest.setTimeout(90_000);

let rig: FaultHarness;
let disk: SmallDisk | undefined;

beforeEach(async () => {
  rig = await FaultHarness.start();
});
afterEach(async () => {
  await rig.stop();
  disk?.remove();
});

itWith(
  'mountNamespaces',
  'F15: while the disk is full, writes are asked to come back, reads go on, and nothing is lost (F26)',
  async () => {
    const { postgres, server } = rig;
    disk = await SmallDisk.create(postgres, 4);
    await disk.carryTasks();
    const caller = await aCaller();
    const history = await History.begin(server);

    disk.fill();
    await history.isRefused(20);
    expect((await server.request(caller, '/api/me/tasks')).status).toBe(200);
    expect(await server.health('ready')).toBe(200);
    disk.clear();
    await history.recovers();
    await history.acknowledges(50);

    await history.end('F15: the disk is full');
  },
);

itWith(
  'mountNamespaces',
  'F16: the disk of the WAL is full, PostgreSQL panics, and goes on when there is room; nothing is lost (F26)',
  async () => {
    const { postgres } = rig;
    const small = await SmallDisk.create(postgres, 96);
    disk = small;
    await small.carryWal();

    await rig.outlasts({
      id: 'F16',
      what: 'the disk of the WAL is full, until there is room again',
      strike: async () => {
        small.fill();
        // Each segment that is full asks for another one; the last has no room.
        await eventually(async () => {
          await postgres.query('select pg_switch_wal()').catch(() => undefined);
          return postgres.logged('PANIC');
        });
      },
      isFelt: (history) => history.isRefused(1),
      heal: async () => {
        small.clear();
        // It ends where it finds no room even to recover, and recovers by itself otherwise.
        await eventually(async () => !postgres.isRunning || (await postgres.answers()));
        if (!postgres.isRunning) await small.startPostgres();
      },
    });
  },
);
