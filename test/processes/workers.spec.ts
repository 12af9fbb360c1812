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
import { ServerHome } from '../support/processes/built-server';
import { eventually } from '../support/app/eventually';
import { TestDatabase } from '../support/database/test-database';
import { HttpSender } from '../support/http/http-sender';
import { aCaller } from '../support/app/tokens';
import {
  isRunning,
  primaryOf,
  successors,
  TWO_WORKERS,
  workersOf,
} from '../support/processes/worker-server';

jest.setTimeout(90_000);

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
