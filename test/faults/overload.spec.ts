import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/app/eventually';
import { FaultHarness } from '../support/faults/fault-harness';
import { COLLECTS_ON_SIGNAL, liveMemory } from '../support/faults/live-memory';
import { EventReader } from '../support/http/event-reader';
import { HttpSender } from '../support/http/http-sender';
import { aCaller, type Caller } from '../support/app/tokens';

/** `FAULTS_OVERLOAD_SECONDS=600 npm run test:faults -- --testPathPatterns overload` is the long run. */
const SECONDS = Number(process.env['FAULTS_OVERLOAD_SECONDS'] ?? 8);
/** Twice as many requests at once as the lane takes. */
const CONNECTIONS = 1_024;

/** Of the requests: refusing costs about as much as serving, and must not take its place. */
const LEAST_SERVED = 0.5;

/** Until everything is there that is kept: connections, known tokens, compiled code. */
const WARM_UP_SECONDS = 3;
const SAMPLE_MS = 250;
const WINDOWS = 4;
/** Resident, garbage included: what docs/operations.md says to give a process. */
const MEMORY_LIMIT_MB = 512;
/** More than the noise of a collected heap; a leak of 100 bytes a request is more in a minute. */
const GROWTH_LIMIT_MB = 8;

jest.setTimeout(SECONDS * 1_000 + 120_000);

let rig: FaultHarness;

beforeAll(async () => {
  rig = await FaultHarness.start({ DATABASE_LANES: '1', NODE_OPTIONS: COLLECTS_ON_SIGNAL });
});
afterAll(() => rig.stop());

/** In MB. */
function residentMemory(): number {
  const status = readFileSync(`/proc/${rig.server.process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}

interface Load {
  readonly statuses: Readonly<Record<number, number>>;
  /** The most resident memory in each quarter of the time, in MB. */
  readonly peaks: readonly number[];
}

/** As many requests at once as there are connections, for so long. */
async function overload(sender: HttpSender, caller: Caller, seconds: number): Promise<Load> {
  const statuses: Record<number, number> = {};
  const peaks = Array.from({ length: WINDOWS }, () => 0);
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / (seconds * 1_000);
  const sampling = setInterval(() => {
    const window = Math.min(Math.floor(elapsed() * WINDOWS), WINDOWS - 1);
    peaks[window] = Math.max(peaks[window] ?? 0, Math.round(residentMemory()));
  }, SAMPLE_MS);
  const work = async (): Promise<void> => {
    while (elapsed() < 1) {
      const path = '/api/me/tasks?limit=1';
      const { status } = await sender.send(caller, { method: 'GET', path });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  clearInterval(sampling);
  return { statuses, peaks };
}

it('R5: beyond the room of the lanes, requests are refused at once, health stays green, and accepted ones succeed', async () => {
  const { postgres, server } = rig;
  const caller = await aCaller();
  const sender = new HttpSender(server.port, CONNECTIONS);
  // From now on the server knows how many tasks the user has, and does not have to look.
  await sender.send(caller, { method: 'POST', path: '/api/me/tasks', body: { title: 'first' } });
  const locker = new Client(postgres.endpoint.owner);
  await locker.connect();
  await locker.query('begin');
  await locker.query('lock table tasks in access exclusive mode');
  const stream = await EventReader.open(`http://127.0.0.1:${server.port}`, caller);
  const statuses: Record<string, number> = {};
  const created = new Set<string>();
  let isRefused = false;

  const creates = Array.from({ length: CONNECTIONS }, async (_, n) => {
    const body = { title: `overload ${n}` };
    const answer = await sender.send(caller, { method: 'POST', path: '/api/me/tasks', body });
    const { id, code } = JSON.parse(answer.body) as { id?: string; code?: string };
    const kind = `${answer.status} ${code ?? ''}`;
    statuses[kind] = (statuses[kind] ?? 0) + 1;
    if (id !== undefined) created.add(id);
    else expect(answer.headers['retry-after']).toBe('1');
    isRefused ||= code === 'overloaded';
  });
  await eventually(() => isRefused);
  const health = [server.health('live'), server.health('ready')];
  // At once: what was accepted waits for no longer than a second.
  await locker.query('rollback');
  await Promise.all(creates);
  expect(await Promise.all(health)).toEqual([200, 200]);

  expect(Object.keys(statuses).sort()).toEqual(expect.arrayContaining(['201 ', '503 overloaded']));
  expect(
    Object.keys(statuses).filter((kind) => !/^(201 |503 (overloaded|busy))$/.test(kind)),
  ).toEqual([]);
  const stored = new Set((await server.stored()).map(({ id }) => id));
  expect([...created].filter((id) => !stored.has(id))).toEqual([]);
  const told = new Set<string>();
  while (told.size < stored.size - 1) told.add((await stream.nextTask()).id);
  expect([...created].filter((id) => !told.has(id))).toEqual([]);
  stream.close();
  expect((await server.request(caller, '/api/me/tasks')).status).toBe(200);
  await locker.end();
  sender.close();
});

it(`R5: over ${SECONDS} s of more work than can be done memory stays bounded, nothing is kept, and much is served`, async () => {
  const { server } = rig;
  const caller = await aCaller();
  const sender = new HttpSender(server.port, CONNECTIONS);
  await overload(sender, caller, WARM_UP_SECONDS);
  const before = await liveMemory(server.process);

  const loading = overload(sender, caller, SECONDS);
  const health = [await server.health('live'), await server.health('ready')];
  const { statuses, peaks } = await loading;
  const after = await liveMemory(server.process);
  sender.close();

  process.stderr.write(
    `Overload for ${SECONDS} s: answers ${JSON.stringify(statuses)}; resident at most ` +
      `${peaks.join(', ')} MB by quarters; live ${before.toFixed(1)} MB before, ${after.toFixed(1)} MB after\n`,
  );
  expect(health).toEqual([200, 200]);
  const served = statuses[200] ?? 0;
  const refused = statuses[503] ?? 0;
  expect(served / (served + refused)).toBeGreaterThan(LEAST_SERVED);
  expect(Object.keys(statuses).filter((status) => !['200', '503'].includes(status))).toEqual([]);
  expect(Math.max(...peaks)).toBeLessThan(MEMORY_LIMIT_MB);
  expect(after - before).toBeLessThan(GROWTH_LIMIT_MB);
});

it('R4: clients that send their request by drops, and those that send none, are sent away', async () => {
  const { server } = rig;
  const open = async (text: string): Promise<Socket> => {
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    if (text !== '') socket.write(text);
    return socket;
  };
  const texts = ['', 'GET /api/me/tasks HTTP/1.1\r\nHost: x\r\nX-Drop: '];
  const sockets = await Promise.all(
    Array.from({ length: 400 }, (_, n) => open(texts[n % texts.length] ?? '')),
  );
  const drops = setInterval(() => {
    for (const socket of sockets) if (socket.bytesWritten > 0) socket.write('x');
  }, 1_000);
  const answers = sockets.map(async (socket) => {
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    await once(socket, 'close');
    return answer.split('\r\n')[0];
  });

  expect(await server.health('ready')).toBe(200);
  // Nobody has to wait for the drops: the bound is on all headers together.
  const lines = new Set(await Promise.all(answers));
  clearInterval(drops);

  expect([...lines].filter((line) => line !== 'HTTP/1.1 408 Request Timeout')).toEqual([]);
  expect(await server.health('ready')).toBe(200);
});
