import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/app/eventually';
import { aCaller, type Caller } from '../support/app/tokens';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { FaultServer } from '../support/faults/fault-server';
import { StreamFollower } from '../support/feed/stream-follower';
import type { TaskBody } from '../support/http/answers';

jest.setTimeout(180_000);

const USERS = 4;

/** A client of two servers in turn, and the tasks that it was told of, in their order. */
interface Follower {
  readonly caller: Caller;
  readonly stream: StreamFollower;
  readonly told: TaskBody[];
}

let postgres: FaultPostgres;
let servers: readonly FaultServer[];
let followers: readonly Follower[];

beforeAll(async () => {
  postgres = await FaultPostgres.create();
  servers = [await FaultServer.at(postgres), await FaultServer.at(postgres)];
  for (const server of servers) await server.start();
});
beforeEach(async () => {
  const urls = servers.map(({ port }) => `http://127.0.0.1:${port}`);
  const callers = await Promise.all(Array.from({ length: USERS }, () => aCaller()));
  followers = callers.map((caller, n) => {
    const told: TaskBody[] = [];
    const stream = new StreamFollower(urls.slice(n % 2), caller, {
      pauseMs: 100,
      onChange: (change) => {
        told.push(change as TaskBody);
      },
    });
    return { caller, stream, told };
  });
  // A stream begins now: what is written before it opens is not its to tell.
  await eventually(() => followers.every(({ stream }) => stream.position !== undefined));
});
afterEach(async () => {
  for (const { stream } of followers) await stream.stop();
});
afterAll(async () => {
  for (const server of servers) await server.remove();
  await postgres.remove();
});

async function write(caller: Caller): Promise<string | undefined> {
  const { port } = servers[Math.floor(Math.random() * 2)] ?? { port: 0 };
  const answer = await fetch(`http://127.0.0.1:${port}/api/me/tasks`, {
    method: 'POST',
    headers: { Authorization: caller.authorization, 'Content-Type': 'application/json' },
    body: JSON.stringify({ title: `of ${caller.userId}` }),
  });
  const body = (await answer.json()) as TaskBody;
  return answer.status === 201 ? body.id : undefined;
}

it.each([
  [
    'F1: PostgreSQL stops at once, and starts again',
    async () => {
      await postgres.stop('immediate');
      await sleep(500);
      await postgres.start();
    },
  ],
  [
    'F3: every session is ended, five times',
    async () => {
      for (let n = 0; n < 5; n += 1) {
        await postgres.terminateBackends();
        await sleep(200);
      }
    },
  ],
  [
    'F6: the processes that serve the API freeze',
    async () => {
      postgres.freeze(await postgres.backends());
      await sleep(4_000);
      postgres.thaw();
    },
  ],
  [
    'F23: streams are cut at random',
    async () => {
      for (let n = 0; n < 40; n += 1) {
        followers[Math.floor(Math.random() * USERS)]?.stream.cut();
        await sleep(50);
      }
    },
  ],
])('%s: every acknowledged write arrives, once, and at its owner alone', async (_, strike) => {
  const made = new Map(followers.map(({ caller }) => [caller, new Set<string>()]));
  const over = new AbortController();
  const writing = followers.map(async ({ caller }) => {
    while (!over.signal.aborted) {
      const id = await write(caller);
      if (id !== undefined) made.get(caller)?.add(id);
      await sleep(20);
    }
  });
  await sleep(500);
  await strike();
  await sleep(1_500);
  over.abort();
  await Promise.all(writing);

  for (const { caller, stream, told } of followers) {
    const expected = [...(made.get(caller) ?? [])];
    expect(expected.length).toBeGreaterThan(10);
    await eventually(() => expected.every((id) => told.some((task) => task.id === id)));
    await stream.stop();
    expect(stream.breaches).toEqual([]);
    expect(new Set(told.map(({ title }) => title))).toEqual(new Set([`of ${caller.userId}`]));
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  }
});
