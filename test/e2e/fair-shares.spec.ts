import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONNECTION_LIMITS } from '../../src/http/adapter/http-server';
import { onAnswered } from '../../src/http/adapter/response-events';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { PATIENT_WAITS } from '../support/app/patient-waits';
import { aCaller, type Caller } from '../support/app/tokens';
import { RowLock } from '../support/database/row-lock';
import { TestDatabase } from '../support/database/test-database';
import { HttpSender, type Message } from '../support/http/http-sender';

/** More than a lane has places for, of which a user may have half. */
const LARGE_CROWD = 300;
const CROWD = 64;
/** Four are in hand when the other requests arrive, and as many may follow before their answers. */
const MOST_BEFORE = 10;

interface Answered {
  readonly status: number;
  readonly id?: string;
  readonly code?: string;
  readonly results?: readonly { readonly etag: string }[];
}

let database: TestDatabase;
let app: ServedApplication;
let sender: HttpSender;

// In the process of this test, which sends all requests of a crowd before the server sees the first.
beforeAll(async () => {
  database = await TestDatabase.create();
  const waits = { ...PATIENT_WAITS, forLaneLock: 60_000, forLaneStatement: 60_000 };
  // Crowds reach a lane a few at a time.
  const limits = { ...CONNECTION_LIMITS, waitMs: 60_000 };
  const served = { ...database.endpoint, waits };
  app = await serveAt(served, { DATABASE_LANES: '1', RATE_LIMIT: '0' }, undefined, limits);
  sender = new HttpSender(app.port, 2 * LARGE_CROWD + 2);
});
afterAll(async () => {
  sender.close();
  await app.stop();
  await database.drop();
});

async function send(caller: Caller, message: Message): Promise<Answered> {
  const { status, body } = await sender.send(caller, message);
  return { status, ...(JSON.parse(body) as object) };
}

async function aTask(caller: Caller, body: object): Promise<string> {
  const { id = '' } = await send(caller, { method: 'POST', path: '/api/me/tasks', body });
  return id;
}

describe('a request beside a crowd of another user', () => {
  let crowd: Caller;
  let quiet: Caller;
  let path: Readonly<Record<'short' | 'long' | 'quiet', string>>;

  beforeAll(async () => {
    // A batch answers in the order of its users.
    crowd = await aCaller({ sub: `0${randomUUID().slice(1)}` });
    quiet = await aCaller({ sub: `f${randomUUID().slice(1)}` });
    const description = '\u{1f331}'.repeat(10_000);
    path = {
      short: `/api/me/tasks/${await aTask(crowd, { title: 'short' })}`,
      long: `/api/me/tasks/${await aTask(crowd, { title: 'long', description })}`,
      quiet: `/api/me/tasks/${await aTask(quiet, { title: 'quiet' })}`,
    };
    const connect = () => send(quiet, { method: 'GET', path: path.quiet });
    await Promise.all(Array.from({ length: CROWD + 2 }, connect));
  });
  const write = (of: string): Message => ({ method: 'PATCH', path: of, body: { priority: 1 } });

  it.each([
    ['short reads', () => ({ method: 'GET', path: path.short })],
    ['long reads', () => ({ method: 'GET', path: path.long })],
    ['writes of one task', () => write(path.short)],
  ])('is served before most of its %s', async (_, message) => {
    const order: string[] = [];
    const stop = onAnswered(app.nest.getHttpServer(), ({ userScope }) => {
      order.push(userScope?.userId ?? '');
    });

    const answers = Array.from({ length: CROWD }, () => send(crowd, message()));
    answers.push(send(quiet, { method: 'GET', path: '/api/me/tasks?limit=5' }));
    answers.push(send(quiet, write(path.quiet)));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    stop();

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(order.lastIndexOf(quiet.userId)).toBeLessThan(MOST_BEFORE);
  });

  it('meets one bulk of it at a time', async () => {
    const operation = { operation: 'create', task: { title: 'x' } };
    const body = { operations: Array.from({ length: 50 }, () => operation) };
    const message = { method: 'POST', path: '/api/me/tasks/bulk', body };

    const bulks = await Promise.all(Array.from({ length: 3 }, () => send(crowd, message)));

    const spans = bulks
      .map(({ results = [] }) => results.map(({ etag }) => Number(etag.replaceAll('"', ''))))
      .map((numbers) => ({ from: Math.min(...numbers), to: Math.max(...numbers) }))
      .sort((one, other) => one.from - other.from);
    const overlaps = spans.filter(({ from }, n) => from <= (spans[n - 1]?.to ?? 0));
    expect(overlaps).toEqual([]);
  });
});

describe('the places of a lane', () => {
  it('are given to a newcomer, too, where two accounts have taken all of them', async () => {
    const [one, two, newcomer] = [await aCaller(), await aCaller(), await aCaller()];
    const id = await aTask(one, { title: 'locked' });
    const path = `/api/me/tasks/${id}`;
    const lock = await RowLock.on(database, id);
    const slow = send(one, { method: 'PATCH', path: `${path}/complete` });
    await lock.blocks(1);
    let refused = 0;
    const get = async (caller: Caller) => {
      const answer = await send(caller, { method: 'GET', path });
      refused += Number(answer.code === 'overloaded');
      return answer.status;
    };

    const crowd = Array.from({ length: 2 * LARGE_CROWD }, (_, n) => get(n % 2 === 0 ? one : two));
    await eventually(() => refused === 2 * LARGE_CROWD - 511);
    const last = get(newcomer);
    await eventually(() => refused === 2 * LARGE_CROWD - 510);
    await lock.release();

    expect(await last).toBe(404);
    expect((await slow).status).toBe(200);
    const statuses = await Promise.all(crowd);
    expect(statuses.filter((status) => status !== 503)).toHaveLength(510);
  });
});
