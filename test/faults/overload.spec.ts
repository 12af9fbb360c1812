import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/eventually';
import { FaultPostgres } from '../support/fault-postgres';
import { FaultServer } from '../support/fault-server';
import { HttpSender } from '../support/http-sender';
import { aCaller } from '../support/tokens';

/** `FAULTS_OVERLOAD_SECONDS=600 npm run test:faults -- --testPathPatterns overload` is the long run. */
const SECONDS = Number(process.env['FAULTS_OVERLOAD_SECONDS'] ?? 8);
/** More requests at once than the lanes take, which is twice 512. */
const CONNECTIONS = 2_048;

jest.setTimeout(SECONDS * 1_000 + 120_000);

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

/** Resident memory in MB. */
function memory(): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(
    readFileSync(`/proc/${server.process.pid}/status`, 'utf8'),
  ) ?? ['', 'NaN'];
  return Number(kilobytes) / 1_024;
}

it('R5: beyond what the lanes take requests are refused at once, health stays green, and what was accepted is done', async () => {
  const caller = await aCaller();
  const sender = new HttpSender(server.port, CONNECTIONS);
  const locker = new Client(postgres.endpoint.owner);
  await locker.connect();
  await locker.query('begin');
  await locker.query('lock table tasks in access exclusive mode');
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
  expect([await server.health('live'), await server.health('ready')]).toEqual([200, 200]);
  await locker.query('rollback');
  await Promise.all(creates);

  expect(Object.keys(statuses).sort()).toEqual(expect.arrayContaining(['201 ', '503 overloaded']));
  expect(
    Object.keys(statuses).filter((kind) => !/^(201 |503 (overloaded|busy))$/.test(kind)),
  ).toEqual([]);
  const stored = new Set((await server.stored()).map(({ id }) => id));
  expect([...created].filter((id) => !stored.has(id))).toEqual([]);
  expect((await server.request(caller, '/api/me/tasks')).status).toBe(200);
  await locker.end();
  sender.close();
});

it(`R5: memory stays flat over ${SECONDS} s of more work than can be done`, async () => {
  const caller = await aCaller();
  const sender = new HttpSender(server.port, CONNECTIONS);
  const statuses: Record<number, number> = {};
  const until = Date.now() + SECONDS * 1_000;
  const work = async (): Promise<void> => {
    while (Date.now() < until) {
      const { status } = await sender.send(caller, {
        method: 'GET',
        path: '/api/me/tasks?limit=1',
      });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };

  const working = Promise.all(Array.from({ length: CONNECTIONS }, work));
  await sleep((SECONDS * 1_000) / 4);
  const early = memory();
  const health = [await server.health('live'), await server.health('ready')];
  await working;
  const late = memory();
  sender.close();

  expect(health).toEqual([200, 200]);
  expect(statuses[200]).toBeGreaterThan(0);
  expect(Object.keys(statuses).filter((status) => status !== '200' && status !== '503')).toEqual(
    [],
  );
  // Garbage comes and goes; a leak of one request in ten would be far above this.
  expect(late).toBeLessThan(early * 1.5 + 50);
  process.stderr.write(`Overload: ${JSON.stringify(statuses)}, ${early} MB, then ${late} MB\n`);
});

it('R4: clients that send their request by drops, and those that send none, are sent away', async () => {
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
