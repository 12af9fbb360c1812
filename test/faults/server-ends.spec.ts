import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/app/eventually';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { FaultServer } from '../support/faults/fault-server';
import { reportFault } from '../support/faults/fault-report';
import { History } from '../support/faults/history';
import { EventReader } from '../support/http/event-reader';
import { KeepAliveClients } from '../support/faults/keep-alive-clients';
import { aCaller, type Caller } from '../support/app/tokens';

jest.setTimeout(90_000);

let postgres: FaultPostgres;
let server: FaultServer;
let caller: Caller;

beforeAll(async () => {
  postgres = await FaultPostgres.create();
  caller = await aCaller();
});
beforeEach(async () => {
  server = await FaultServer.at(postgres);
  await server.start();
});
afterEach(() => server.remove());
afterAll(() => postgres.remove());

/** A request that takes until the lock is released, and what holds it up. */
async function slowRequest(): Promise<{ answer: Promise<Response>; release: () => Promise<void> }> {
  const locker = new Client(postgres.endpoint.owner);
  await locker.connect();
  await locker.query('begin');
  await locker.query('lock table tasks in access exclusive mode');
  const answer = server.request(caller, '/api/me/tasks');
  await eventually(async () => {
    const waiting = await postgres.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'task-api'`,
    );
    return waiting.length > 0;
  });
  return { answer, release: () => locker.end() };
}

it('F17: the server is killed while it writes, and starts again; nothing is lost (F26), no lock stays', async () => {
  const history = await History.begin(server);

  await server.process.kill();
  await history.isCutOff(20);
  await eventually(async () => (await postgres.backends()).length === 0);
  await server.start();
  await history.recovers();
  await history.acknowledges(50);

  await history.end('F17: the server is killed while it writes, and starts again');
});

it('F18: a slow request is answered before the server ends, and streams end with it', async () => {
  const stream = await EventReader.open(`http://127.0.0.1:${server.port}`, caller);
  const { answer, release } = await slowRequest();

  server.process.signal('SIGTERM');
  await release();

  expect((await answer).status).toBe(200);
  expect(await server.process.end()).toMatchObject({ code: 0, stderr: '' });
  await stream.ended();
  expect(stream.retries).toHaveLength(2);
});

it('F19: no request of busy clients fails when the server is asked to end, and it ends', async () => {
  const clients = new KeepAliveClients(server.port, caller, 24);
  await clients.answered(500);

  server.process.signal('SIGTERM');
  await clients.ended();

  expect(clients.failures).toEqual([]);
  expect(await server.process.end()).toMatchObject({ code: 0, stderr: '' });
  reportFault({
    fault: 'F19: SIGTERM under busy keep-alive clients',
    counts: clients.counts,
    recoveryMs: undefined,
    longestWaitMs: clients.longestWaitMs,
    acknowledged: clients.counts['2xx'],
    lost: (await clients.lost(server.stored)).length,
  });
  expect(await clients.lost(server.stored)).toEqual([]);
});

it.each(['SIGTERM', 'SIGINT'] as const)('F20: %s twice at once is one', async (signal) => {
  const { answer, release } = await slowRequest();

  server.process.signal(signal);
  server.process.signal(signal);
  await release();

  expect((await answer).status).toBe(200);
  expect(await server.process.end()).toMatchObject({ code: 0, stderr: '' });
});

it('F20: a second, later signal waits for no client', async () => {
  const { answer, release } = await slowRequest();
  const cut = answer.then(
    ({ status }) => status,
    () => 'cut',
  );
  // A request that never ends, so that only impatience ends the server.
  const idle = new KeepAliveClients(server.port, caller, 0);
  await idle.hold();

  server.process.signal('SIGTERM');
  const again = setInterval(() => {
    server.process.signal('SIGTERM');
  }, 400);

  expect(await server.process.end()).toMatchObject({ code: 1 });
  clearInterval(again);
  await Promise.all([cut, release()]);
  idle.close();
});
