import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { joinEmbeddedPostgres } from '../../src/embedded-postgres/join-embedded-postgres';
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
  successors,
  TWO_WORKERS,
} from '../support/processes/worker-server';

jest.setTimeout(90_000);

/** Asks on new connections until so many processes have answered. */
async function workersOf(server: BuiltServer, count = 2): Promise<readonly number[]> {
  await eventually(async () => {
    await askAnew(server);
    return answering(server).length >= count;
  });
  return answering(server);
}

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

describe('two workers on the embedded database', () => {
  let home: ServerHome;

  beforeAll(async () => {
    home = await ServerHome.create();
  });
  afterAll(() => home.remove());

  it('accept each the tokens of the development issuer, and stop when one fails again and again', async () => {
    const server = await home.start({ WORKERS: '2', LOG_LEVEL: 'debug' });
    const created = await server.fetch('/api/me/tasks', { method: 'POST', body: { title: 'One' } });
    const location = created.headers.get('location') ?? '';

    const authorization = await server.authorization();
    for (let connection = 1; connection <= 4; connection += 1) {
      const sender = new HttpSender(Number(server.port), 1);
      const { status } = await sender.send(
        { userId: '', authorization },
        { method: 'GET', path: location },
      );
      sender.close();
      expect(status).toBe(200);
    }

    const [survivor = 0, failing = 0] = await workersOf(server);
    const ended = server.end();
    for (let kills = 0; kills < 5; kills += 1) {
      await eventually(() => successors(server).length === kills);
      process.kill(successors(server).at(-1) ?? failing, 'SIGKILL');
    }

    expect(await ended).toMatchObject({
      code: 1,
      stderr: 'A worker failed 5 times in a row: the last one was ended by SIGKILL\n',
    });
    expect(isRunning(survivor)).toBe(false);
  });

  it('hold half of a limit each, and end with the process that leads them, whose database the next start takes over', async () => {
    // The database that the server before left.
    const server = await home.start({ ...TWO_WORKERS, RATE_LIMIT: '6' });
    const caller = await aCaller();
    const statuses: Record<number, number> = {};
    const policies = new Set<unknown>();
    for (let connection = 1; connection <= 20; connection += 1) {
      const sender = new HttpSender(Number(server.port), 1);
      const answer = await sender.send(caller, { method: 'GET', path: '/api/me/tasks' });
      sender.close();
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      policies.add(answer.headers['ratelimit-policy']);
    }
    expect(statuses).toEqual({ 200: 6, 429: 14 });
    expect(Array.from(policies)).toEqual(['"user";q=3;w=60']);

    const workers = await workersOf(server);
    const database = await joinEmbeddedPostgres(home.dataDir);
    process.kill(primaryOf(server), 'SIGKILL');
    await eventually(() => !workers.some(isRunning));
    const next = await home.start(TWO_WORKERS);
    expect(await workersOf(next)).toHaveLength(2);
    expect((await joinEmbeddedPostgres(home.dataDir))?.owner.host).toBe(database?.owner.host);
    expect(await next.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(await joinEmbeddedPostgres(home.dataDir)).toBeUndefined();
  });
});

describe('workers that cannot start', () => {
  let home: ServerHome;

  beforeEach(async () => {
    home = await ServerHome.empty();
  });
  afterEach(() => home.remove());

  it('say once that the port is taken, and leave nothing running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };

    const end = await home.end({ WORKERS: '2', PORT: String(port) });

    other.close();
    expect(end).toMatchObject({ code: 78, stdout: '' });
    expect(end.stderr).toMatch(/^[^\n]*EADDRINUSE[^\n]*: set PORT to another port\n$/);
    expect(await joinEmbeddedPostgres(home.dataDir)).toBeUndefined();
  });

  it('say once that the database does not isolate users', async () => {
    const database = await TestDatabase.create();
    await database.query('alter table tasks disable row level security');

    const end = await home.end({ WORKERS: '2', ...database.variables });

    await database.drop();

    expect(end).toMatchObject({ code: 78, stdout: '' });
    expect(end.stderr.match(/does not isolate users/g)).toHaveLength(1);
  });

  it('say once that the database cannot be reached', async () => {
    const end = await home.end({
      WORKERS: '2',
      DATABASE_URL: 'postgresql://api@127.0.0.1:1/tasks',
    });

    expect(end).toMatchObject({ code: 69, stdout: '' });
    expect(end.stderr).toMatch(/^The database cannot be used: [^\n]*\n$/);
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
