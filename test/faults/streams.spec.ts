import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { aCaller, type Caller } from '../support/app/tokens';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { FaultServer } from '../support/faults/fault-server';
import type { TaskBody } from '../support/http/answers';
import { EventReader, type ReadEvent } from '../support/http/event-reader';

jest.setTimeout(180_000);

const USERS = 4;
const BACK_AGAIN_MS = 100;

/** A client that comes back whenever its stream ends, as one in a browser does. */
class Follower {
  readonly events: ReadEvent[] = [];
  #position: string | undefined;
  #reader: EventReader | undefined;
  #isOver = false;

  constructor(
    private readonly urls: readonly string[],
    readonly caller: Caller,
  ) {}

  async follow(): Promise<void> {
    for (let turn = 0; !this.#isOver; turn += 1) {
      const url = this.urls[turn % this.urls.length] ?? '';
      await this.#read(url).catch(() => undefined);
      await sleep(BACK_AGAIN_MS);
    }
  }

  get isOpen(): boolean {
    return this.#reader !== undefined;
  }

  get seen(): ReadonlySet<string> {
    const events = [...this.events, ...(this.#reader?.events ?? [])];
    return new Set(events.map(({ data }) => (JSON.parse(data ?? '') as TaskBody).id));
  }

  cut(): void {
    this.#reader?.close();
  }

  stop(): void {
    this.#isOver = true;
    this.cut();
  }

  async #read(url: string): Promise<void> {
    const headers = this.#position === undefined ? {} : { 'Last-Event-ID': this.#position };
    const reader = await EventReader.open(url, this.caller, { headers });
    this.#reader = reader;
    await reader.ended();
    this.#position = reader.lastId ?? this.#position;
    this.events.push(...reader.events);
    this.#reader = undefined;
  }
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
  followers = callers.map((caller, n) => new Follower(urls.slice(n % 2), caller));
});
afterEach(() => {
  for (const follower of followers) follower.stop();
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
        followers[Math.floor(Math.random() * USERS)]?.cut();
        await sleep(50);
      }
    },
  ],
])('%s: every acknowledged write arrives, once, and at its owner alone', async (_, strike) => {
  for (const follower of followers) void follower.follow();
  // A stream begins now: what is written before it opens is not its to tell.
  while (!followers.every(({ isOpen }) => isOpen)) await sleep(10);
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

  for (const follower of followers) {
    const expected = [...(made.get(follower.caller) ?? [])];
    expect(expected.length).toBeGreaterThan(10);
    while (!expected.every((id) => follower.seen.has(id))) await sleep(100);
    follower.stop();
    await sleep(BACK_AGAIN_MS);
    const titles = new Set(
      follower.events.map(({ data }) => (JSON.parse(data ?? '') as TaskBody).title),
    );
    expect(titles).toEqual(new Set([`of ${follower.caller.userId}`]));
    const texts = follower.events.map(({ data }) => data);
    expect(texts.filter((text, n) => text === texts[n - 1])).toEqual([]);
  }
});
