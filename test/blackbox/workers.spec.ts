import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { eventually } from '../support/app/eventually';
import { EventReader } from '../support/http/event-reader';
import { valueOf } from '../support/http/exposition';
import { TestDatabase } from '../support/database/test-database';
import { freePort } from '../support/processes/free-port';
import { HttpSender } from '../support/http/http-sender';
import { aCaller } from '../support/app/tokens';
import {
  answering,
  askAnew,
  endedWorkers,
  isRunning,
  primaryOf,
  TWO_WORKERS,
  workersOf,
} from '../support/processes/worker-server';

jest.setTimeout(90_000);

describe('two workers', () => {
  let database: TestDatabase;
  let home: ServerHome;
  let server: BuiltServer;
  let workers: readonly number[];
  let metricsUrl: string;

  beforeAll(async () => {
    database = await TestDatabase.create();
    home = await ServerHome.create();
    const ADMIN_PORT = String(await freePort());
    server = await home.start({ ...TWO_WORKERS, ...database.variables, ADMIN_PORT });
    metricsUrl = /Metrics +(\S+)/.exec(server.banner)?.[1] ?? '';
    workers = await workersOf(server);
  });
  afterAll(async () => {
    await home.remove();
    await database.drop();
  });

  const scrape = async (): Promise<string> => (await fetch(metricsUrl)).text();
  const counted = async (): Promise<number> =>
    valueOf(await scrape(), 'task_api_http_request_duration_seconds_count');

  it('share the connections of one port, none of them the process that leads them', () => {
    expect(workers).toHaveLength(2);
    expect(workers).not.toContain(primaryOf(server));
    expect(server.banner).toMatch(/^ {2}Workers {3}2 processes that serve, led by \d+$/m);
  });

  it('carry what one of them writes to the streams of both', async () => {
    const caller = await aCaller();
    const streams: EventReader[] = [];
    for (let n = 0; n < 4; n += 1) streams.push(await EventReader.open(server.url, caller));
    const title = 'seen by all';
    const answer = await fetch(`${server.url}/api/me/tasks`, {
      method: 'POST',
      headers: { Authorization: caller.authorization, 'Content-Type': 'application/json' },
      body: JSON.stringify({ title }),
    });
    expect(answer.status).toBe(201);
    for (const stream of streams) expect(await stream.nextTask()).toMatchObject({ title });
    expect(valueOf(await scrape(), 'task_api_event_streams_open')).toBe(4);
    expect(valueOf(await scrape(), 'task_api_event_lag_seconds_count')).toBe(4);
    expect(valueOf(await scrape(), 'task_api_event_listening')).toBe(2);
    for (const stream of streams) stream.close();
  });

  it('are added up in one scrape of the process that leads them', async () => {
    const before = await counted();
    for (let asked = 0; asked < 4; asked += 1) await askAnew(server);

    await eventually(async () => (await counted()) === before + 4);
    expect(valueOf(await scrape(), 'task_api_lanes_open')).toBe(6);
    expect(valueOf(await scrape(), 'task_api_ready')).toBe(1);
  });

  it('go on while one of them is killed, and another takes its place', async () => {
    const [killed = 0, other = 0] = workers;
    const before = await counted();

    process.kill(killed, 'SIGKILL');
    await eventually(() => endedWorkers(server).length === 1);
    expect(await counted()).toBe(before);
    expect(await askAnew(server)).toBe(200);

    const [, , successor] = await workersOf(server, 3);
    expect(successor).not.toBe(killed);
    expect(isRunning(other)).toBe(true);
    expect(endedWorkers(server)).toMatchObject([{ worker: killed, how: 'was ended by SIGKILL' }]);
  });

  it('let busy clients finish when the server is asked to stop', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => busyClient(server)));

    const end = await server.stop();

    expect(end).toMatchObject({ code: 0, stderr: '' });
    for (const statuses of await Promise.all(clients.map(({ done }) => done))) {
      expect(new Set(statuses)).toEqual(new Set([200]));
    }
    expect(answering(server).map(isRunning)).toEqual([false, false, false]);
  });
});

/** Asks on one connection, again and again, until the server closes it. */
async function busyClient(server: BuiltServer): Promise<{ done: Promise<readonly number[]> }> {
  const sender = new HttpSender(Number(server.port), 1);
  const caller = await aCaller();
  const statuses: number[] = [];
  const ask = async (): Promise<boolean> => {
    const answer = await sender.send(caller, { method: 'GET', path: '/api/me/tasks' });
    statuses.push(answer.status);
    return answer.headers.connection === 'keep-alive';
  };
  await ask();
  const work = async (): Promise<readonly number[]> => {
    while (await ask());
    sender.close();
    return statuses;
  };
  return { done: work() };
}
