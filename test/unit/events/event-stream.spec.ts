import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import express, { type Response } from 'express';
import type { Change, ChangesPage } from '../../../src/changes/changes-reader';
import { EventStream, type StreamEnd } from '../../../src/events/event-stream';

const DATA = JSON.stringify({ text: 'x'.repeat(20_000) });
/** 20 MB together: more than the sockets of both ends hold. */
const END = 1_000;

/** A sync token by its form. */
const tokenOf = (number: number): string => `${number}000000000000`;
const numberOf = (token: string): number => Number(token.slice(0, -12));

const HOUR = 3_600_000;
/** One that was given so many hours after 1970. */
const givenAt = (number: number, hour: number): string =>
  `${number}${String(hour).padStart(6, '0')}000000`;

/** A feed of END changes of 20 kB. */
function changesAfter(token: string, limit: number): ChangesPage {
  const position = numberOf(token);
  const numbers = Array.from({ length: limit }, (_, n) => position + n + 1).filter((n) => n <= END);
  const items = numbers.map((n): Change => ({
    id: String(n),
    json: DATA,
    isDeleted: false,
    token: () => tokenOf(n),
  }));
  const last = numbers.at(-1) ?? position;
  return { items, next: tokenOf(last), hasMore: last < END };
}

describe('a stream', () => {
  let server: Server;
  let response: Response;
  let client: IncomingMessage;
  let chunks: string[] = [];

  beforeEach(async () => {
    chunks = [];
    const app = express();
    const opened = new Promise<Response>((resolve) => {
      app.get('/', (_, answer) => {
        resolve(answer);
        answer.flushHeaders();
      });
    });
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const request = get({ port: (server.address() as AddressInfo).port, agent: false });
    [client] = (await once(request, 'response')) as [IncomingMessage];
    client.on('error', () => undefined);
    response = await opened;
  });
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  const streamOf = (
    read: ConstructorParameters<typeof EventStream>[1],
    onEnd: (why: StreamEnd) => void = () => undefined,
    isPassing = true,
  ): EventStream =>
    new EventStream(response, read, {
      onEnd,
      onChange: () => undefined,
      isPassing: () => isPassing,
    });
  const listen = (): void => {
    client.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  };
  const received = async (part: string): Promise<void> => {
    while (!chunks.slice(-4).join('').includes(part)) await once(client, 'data');
  };
  const text = (): string => chunks.join('');

  it('reads nothing and keeps nothing while its client does not read, then goes on where it was', async () => {
    let reads = 0;
    let greatest = 0;
    const stream = streamOf((after, limit) => {
      reads += 1;
      const { writableLength } = response.socket ?? { writableLength: 0 };
      greatest = Math.max(greatest, writableLength + response.writableLength);
      return Promise.resolve(changesAfter(after, limit));
    });
    stream.open(tokenOf(0));
    // The kernel takes on more for a while.
    let whileFull = -1;
    while (!response.writableNeedDrain || reads !== whileFull) {
      whileFull = reads;
      await sleep(100);
    }
    for (let n = 0; n < 100; n += 1) {
      stream.wake();
      stream.pulse();
      await new Promise(setImmediate);
    }

    expect(reads).toBe(whileFull);
    const buffered = response.writableLength + (response.socket?.writableLength ?? 0);
    expect(buffered).toBeLessThan(256 * 1_024);
    expect(text()).toBe('');
    listen();
    await received(`id: ${tokenOf(END)}\n`);
    const ids = [...text().matchAll(/^id: (\d+)$/gm)].map(([, id]) => numberOf(id ?? ''));
    expect(ids).toEqual(Array.from({ length: END + 1 }, (_, n) => n));
    expect(greatest).toBeLessThan(256 * 1_024);
  });

  it('reads again what was written while it read', async () => {
    const pages: ChangesPage[] = [
      { items: [], next: tokenOf(1), hasMore: false },
      {
        items: [{ id: '2', json: '{}', isDeleted: true, token: () => tokenOf(2) }],
        next: '2',
        hasMore: false,
      },
    ];
    const asked: string[] = [];
    const stream = streamOf((after) => {
      asked.push(after);
      if (asked.length === 1) stream.wake();
      return Promise.resolve(pages[asked.length - 1]);
    });
    listen();
    stream.open(tokenOf(0));
    await received('event: deleted');

    expect(asked).toEqual([tokenOf(0), tokenOf(1)]);
    expect(text()).toBe(
      `retry: 3000\nid: ${tokenOf(0)}\nevent: position\ndata: {}\n\nid: ${tokenOf(2)}\nevent: deleted\ndata: {}\n\n`,
    );
  });

  it('gives its client a position of now at once, and one of each hour while nothing changes', async () => {
    let now = 500_000 * HOUR;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
    const hours: number[] = [];
    const stream = streamOf(() => {
      const hour = Math.floor(now / HOUR);
      hours.push(hour);
      return Promise.resolve({ items: [], next: givenAt(1, hour), hasMore: false });
    });
    listen();
    stream.open(givenAt(1, 499_000));
    for (let minutes = 0; minutes < 150; minutes += 1) {
      await new Promise(setImmediate);
      stream.wake();
      await new Promise(setImmediate);
      now += HOUR / 60;
      stream.pulse();
    }
    clock.mockRestore();
    while (!text().includes(`id: ${givenAt(1, 500_002)}\n`)) await once(client, 'data');

    expect(text().match(/^id: .*$/gm)).toEqual(
      [499_000, 500_000, 500_001, 500_002].map((hour) => `id: ${givenAt(1, hour)}`),
    );
    expect(text().match(/^event: .*$/gm)).toEqual(Array(4).fill('event: position'));
  });

  it('reads once an hour where nobody wakes it', async () => {
    let now = 500_000 * HOUR;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
    let reads = 0;
    const stream = streamOf(() => {
      reads += 1;
      return Promise.resolve({ items: [], next: tokenOf(1), hasMore: false });
    });
    listen();
    stream.open(tokenOf(1));
    for (let minutes = 0; minutes < 130; minutes += 1) {
      await new Promise(setImmediate);
      now += HOUR / 60;
      stream.pulse();
    }
    clock.mockRestore();

    expect(reads).toBe(3);
  });

  it('gives a position of now behind changes that are old', async () => {
    const change: Change = { id: '2', json: '{}', isDeleted: true, token: () => givenAt(2, 400) };
    const stream = streamOf(() =>
      Promise.resolve({ items: [change], next: givenAt(2, 900), hasMore: false }),
    );
    listen();
    stream.open(givenAt(1, 300));
    await received(`id: ${givenAt(2, 900)}\n`);

    expect(text()).toMatch(/event: deleted\ndata: {}\n\nid: \d+\nevent: position\ndata: {}\n\n$/);
  });

  it('is woken before it opens, and reads then', async () => {
    const stream = streamOf(() => Promise.resolve({ items: [], next: tokenOf(7), hasMore: false }));
    stream.wake();
    listen();
    stream.open(tokenOf(0));
    await received('id: 0');
    await new Promise(setImmediate);
    expect(stream.isBehind(7)).toBe(false);
    expect(stream.isBehind(8)).toBe(true);
  });

  it('repeats a read that the database could not answer', async () => {
    let reads = 0;
    const stream = streamOf((after, limit) => {
      reads += 1;
      return reads === 1
        ? Promise.reject(new Error('lost'))
        : Promise.resolve(changesAfter(after, limit));
    });
    listen();
    stream.open(tokenOf(END - 1));
    await received(`id: ${tokenOf(END)}\n`);
    expect(reads).toBe(2);
  });

  it.each([
    ['fault', () => Promise.reject(new Error('a fault of this program'))],
    ['reset', () => Promise.resolve(undefined)],
  ] as const)('ends by a %s once, and hears nothing more', async (why, read) => {
    const ends: StreamEnd[] = [];
    const stream = streamOf(read, (end) => ends.push(end), false);
    listen();
    stream.open(tokenOf(1));
    await once(client, 'close');
    stream.wake();
    stream.pulse();
    stream.end('shutdown');

    expect(ends).toEqual([why]);
    expect(text().includes('event: reset')).toBe(why === 'reset');
  });

  it('cuts a client that does not read when it has to end', async () => {
    const stream = streamOf((after, limit) => Promise.resolve(changesAfter(after, limit)));
    stream.open(tokenOf(0));
    while (!response.writableNeedDrain) await new Promise(setImmediate);
    const closed = once(response, 'close');
    stream.end('shutdown', 'retry: 1\n\n');
    await closed;
    expect(response.writableFinished).toBe(false);
  });
});
