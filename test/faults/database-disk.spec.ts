import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { FaultPostgres } from '../support/fault-postgres';
import { FaultServer } from '../support/fault-server';
import { History } from '../support/history';
import { hasSmallDisks, SmallDisk } from '../support/small-disk';
import { aCaller } from '../support/tokens';

jest.setTimeout(90_000);

let postgres: FaultPostgres;
let server: FaultServer;

beforeAll(async () => {
  postgres = await FaultPostgres.create();
  server = await FaultServer.at(postgres);
  await server.start();
});
afterAll(async () => {
  await server.remove();
  await postgres.remove();
});

(hasSmallDisks ? it : it.skip)(
  'F15: while the disk is full, writes are asked to come back, reads go on, and nothing is lost (F26)',
  async () => {
    const disk = await SmallDisk.attach(postgres);
    const caller = await aCaller();
    const history = await History.begin(server);

    disk.fill();
    await history.isRefused(20);
    expect((await server.request(caller, '/api/me/tasks')).status).toBe(200);
    expect(await server.health('ready')).toBe(200);
    disk.clear();
    await history.recovers();
    await history.acknowledges(50);

    const { breaches, lost } = await history.end('F15: the disk is full', server.stored);
    expect({ breaches, lost }).toEqual({ breaches: [], lost: [] });
  },
);
