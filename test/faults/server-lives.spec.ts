import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/app/eventually';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { FaultServer } from '../support/faults/fault-server';
import { History } from '../support/faults/history';
import { EventReader } from '../support/http/event-reader';
import { aCaller } from '../support/app/tokens';
import { WireProxy } from '../support/wire/wire-proxy';

jest.setTimeout(90_000);

/** Moves the clock that tells the time, and leaves the one that measures it. */
const CLOCK = `
  const { now } = Date;
  let jump = 0;
  Date.now = () => now() + jump;
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args) => new target(...(args.length === 0 ? [target.now()] : args)),
  });
  process.on('SIGUSR2', () => (jump = jump === 0 ? 3600_000 : jump > 0 ? -3600_000 : 0));
`;

let postgres: FaultPostgres;
const servers: FaultServer[] = [];

beforeAll(async () => {
  postgres = await FaultPostgres.create();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.remove();
});
afterAll(() => postgres.remove());

async function newServer(variables: Readonly<Record<string, string>> = {}): Promise<FaultServer> {
  const server = await FaultServer.at(postgres, variables);
  servers.push(server);
  return server;
}

it('F25: two servers that start at once on an empty database both serve it', async () => {
  await postgres.query('drop schema public cascade; create schema public');
  const [first, second] = [await newServer(), await newServer()];

  await Promise.all([first.start(), second.start()]);

  expect([await first.health('ready'), await second.health('ready')]).toEqual([200, 200]);
  const ran = await postgres.query<{ name: string }>('select name from task_api_migrations');
  expect(new Set(ran.map(({ name }) => name)).size).toBe(ran.length);
});

it('F22: a clock that jumps by an hour refuses tokens by their times alone, and stops no stream of others', async () => {
  const file = join(postgres.directory, 'clock.cjs');
  writeFileSync(file, CLOCK);
  const server = await newServer({ NODE_OPTIONS: `--require ${JSON.stringify(file)}` });
  await server.start();
  const now = Math.floor(Date.now() / 1_000);
  const short = await aCaller({ exp: now + 600 });
  const long = await aCaller({ iat: now - 7_200, exp: now + 7_200 });
  const status = async (caller: typeof short) =>
    (await server.request(caller, '/api/me/tasks')).status;
  const jump = async (): Promise<void> => {
    server.process.signal('SIGUSR2');
    await sleep(100);
  };

  const url = `http://127.0.0.1:${server.port}`;
  const [stream, ended] = [await EventReader.open(url, long), await EventReader.open(url, short)];
  const seen = [];
  for (let n = 0; n < 3; n += 1) {
    const body = `{"title":"${n}"}`;
    await server.request(long, '/api/me/tasks', { method: 'POST', body });
    expect((await stream.nextTask()).title).toBe(String(n));
    seen.push([await status(short), await status(long), await server.health('ready')]);
    await jump();
  }

  // Now, an hour later, an hour earlier: a token that was valid once is until it expires.
  expect(seen.map(([, ...others]) => others)).toEqual([
    [200, 200],
    [200, 200],
    [200, 200],
  ]);
  expect(seen.map(([first]) => first)).toEqual([200, 401, 200]);
  expect([await status(short), await status(long)]).toEqual([200, 200]);
  expect(ended.events).toEqual([]);
  stream.close();
  ended.close();
});

it('F23: a slow network slows, and connections that are cut under load lose nothing (F26)', async () => {
  const proxy = await WireProxy.start(postgres.endpoint.api);
  proxy.latencyMs = 25;
  const { DATABASE_URL = '' } = postgres.variables(proxy.port);
  const server = await newServer({ DATABASE_URL });
  await server.start();

  const slow = await History.begin(server);
  await slow.acknowledges(100);
  expect(await slow.end('F23: every way to PostgreSQL takes 25 ms')).toMatchObject({
    '5xx': 0,
    aborted: 0,
  });

  const cut = await History.begin(server);
  for (let n = 0; n < 10; n += 1) {
    proxy.cut();
    await cut.acknowledges(10);
  }
  await cut.recovers();
  const { aborted } = await cut.end('F23: connections are cut ten times under load');
  expect(aborted).toBe(0);
  await server.remove();
  await proxy.stop();
});

it('F27: where files run out, those who are connected are served, and others once there are some', async () => {
  const server = await newServer();
  const run = await server.start(['sh', '-c', 'ulimit -n 80 && exec "$@"', 'sh']);
  const history = await History.begin(server, { users: 2, writersOfEach: 1 });

  const idle: Socket[] = Array.from({ length: 200 }, () =>
    connect(server.port, '127.0.0.1').on('error', () => undefined),
  );
  await history.acknowledges(100);
  for (const socket of idle) socket.destroy();
  await eventually(() =>
    server.health('ready').then(
      (status) => status === 200,
      () => false,
    ),
  );
  await history.recovers();

  await history.end('F27: files run out');
  expect(run.isRunning).toBe(true);
});

/** In MB. The server holds some 33, and serves this on 48; 42 end it, and its clients are cut. */
const SMALL_HEAP = 64;

it('F27: a small heap serves many large requests', async () => {
  const server = await newServer({ NODE_OPTIONS: `--max-old-space-size=${SMALL_HEAP}` });
  const run = await server.start();
  const caller = await aCaller();
  const description = 'x'.repeat(4_000);
  const statuses = new Set<number | string>();
  const ask = async (path: string, init?: RequestInit): Promise<void> => {
    try {
      const response = await server.request(caller, path, init);
      await response.arrayBuffer();
      statuses.add(response.status);
    } catch (error) {
      statuses.add(String((error as Error).cause));
    }
  };
  const atOnce = (times: number, path: string, init?: RequestInit) =>
    Promise.all(Array.from({ length: times }, () => ask(path, init)));

  const body = JSON.stringify({ title: 'large', description });
  for (let round = 0; round < 10; round += 1) {
    await atOnce(100, '/api/me/tasks', { method: 'POST', body });
  }
  await atOnce(20, '/api/me/tasks?limit=200');

  // Together, so that a failure tells how the server ended.
  expect({ statuses, ...(await run.stop()) }).toMatchObject({
    statuses: new Set([201, 200]),
    code: 0,
    stderr: '',
  });
});
