import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStreams } from '../../src/events/event-streams';
import { CONNECTION_LIMITS } from '../../src/http/adapter/http-server';
import { eventually } from '../support/app/eventually';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';
import { changes } from '../support/feed/changes';
import { aTask } from '../support/http/lists';

/** 20 MB together: more than the sockets of both ends hold. */
const TASKS = 2_000;
const LENGTH = 10_000;
const STALLED_MS = 800;

describe('a stream whose client takes nothing, where that may last for a moment', () => {
  let app: TestApplication;
  let caller: Caller;
  let request: string;

  beforeAll(async () => {
    app = await TestApplication.start({}, undefined, {
      ...CONNECTION_LIMITS,
      stalledMs: STALLED_MS,
    });
    caller = await aCaller();
    await aTask(app, caller, { title: 'first' });
    await app.database.query(
      `insert into tasks (user_id, id, title, description, completed, version, created_at, updated_at)
       select $1, gen_random_uuid(), 'many', repeat('x', $3), false, 1, now(), now()
       from generate_series(1, $2)`,
      [caller.userId, TASKS, LENGTH],
    );
    const { next } = await changes(app, caller, { limit: 1 });
    request =
      `GET /api/me/tasks/events?after=${next} HTTP/1.1\r\nHost: x\r\n` +
      `Authorization: ${caller.authorization}\r\n\r\n`;
  });
  afterAll(() => app.stop());

  const open = async (): Promise<Socket> => {
    const socket = connect(app.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.pause();
    socket.write(request);
    await eventually(() => app.nest.get(EventStreams).size === 1);
    return socket;
  };

  it('is cut', async () => {
    const streams = app.nest.get(EventStreams);
    const socket = await open();

    await eventually(() => streams.size === 0);
    expect(streams.ends.client).toBe(1);
    socket.destroy();
  });

  it('continues while the client reads', async () => {
    const socket = await open();
    let taken = 0;
    socket.on('data', ({ length }: Buffer) => {
      taken += length;
      socket.pause();
    });
    for (const began = performance.now(); performance.now() < began + 2.5 * STALLED_MS;) {
      socket.resume();
      await sleep(5);
    }
    socket.resume().removeAllListeners('data');
    socket.on('data', ({ length }: Buffer) => (taken += length));

    await eventually(() => taken > TASKS * LENGTH);
    socket.destroy();
  });
});
