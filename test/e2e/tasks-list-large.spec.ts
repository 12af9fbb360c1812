import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Response } from 'supertest';
import { answerOf, problemAnswer } from '../support/http/answers';
import { eventually } from '../support/app/eventually';
import { aTask, list } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

/** Pages of 8 MB that the clients of all users may have yet to take. */
const MOST = 8;

describe('large pages that clients do not take', () => {
  let app: TestedApi;
  let sockets: Socket[];

  beforeEach(async () => {
    app = await sharedApplication();
    sockets = [];
  });
  afterEach(async () => {
    leave();
    await app.stop();
  });

  /** Somebody whose first page is as large as any: 200 tasks of 10,000 characters of four bytes. */
  const aCallerWithMuch = async (): Promise<Caller> => {
    const caller = await aCaller();
    const { id } = await aTask(app, caller, { description: '\u{1f331}'.repeat(10_000) });
    await app.database.query(
      `insert into tasks
         select user_id, gen_random_uuid(), title, description, completed, version, created_at, updated_at
         from tasks, generate_series(2, 200) where id = $1`,
      [id],
    );
    // A busy machine may be too slow for the first one, which goes by a lane.
    await eventually(async () => (await statusFor(caller)) === 200);
    return caller;
  };

  /** Asks for two pages. The buffers of the kernel may take one of them, but not both. */
  const takeNothing = async ({ authorization }: Caller): Promise<void> => {
    const socket = connect(app.port, '127.0.0.1');
    sockets.push(socket);
    const fields = `Host: localhost\r\nAuthorization: ${authorization}\r\n`;
    socket.write(`GET /api/me/tasks?limit=200 HTTP/1.1\r\n${fields}\r\n`.repeat(2));
    await once(socket, 'readable');
  };
  /** These callers take nothing until a page is refused to the other one. @returns the refusal */
  const untilRefused = async (callers: readonly Caller[], refused: Caller): Promise<Response> => {
    for (;;) {
      await Promise.all(callers.map(takeNothing));
      const response = await list(app, refused, { limit: '200' });
      if (response.status !== 200) return response;
    }
  };
  const leave = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const statusFor = async (caller: Caller): Promise<number> =>
    (await list(app, caller, { limit: '200' })).status;
  const becomes = (caller: Caller, status: number): Promise<void> =>
    eventually(async () => (await statusFor(caller)) === status);

  it('are refused to a user who has half of them, and to nobody else', async () => {
    const [ada, bob] = [await aCallerWithMuch(), await aCallerWithMuch()];

    expect(answerOf(await untilRefused([ada], ada))).toEqual(
      problemAnswer('overloaded', { headers: { 'retry-after': '1' } }),
    );
    expect((await list(app, ada, { limit: '1' })).status).toBe(200);
    expect(await statusFor(bob)).toBe(200);

    leave();
    await becomes(ada, 200);
  });

  it('are refused to everybody where too many of them are under way', async () => {
    const [ada, bob, eve] = [
      await aCallerWithMuch(),
      await aCallerWithMuch(),
      await aCallerWithMuch(),
    ];

    expect((await untilRefused([ada, bob], eve)).status).toBe(503);

    leave();
    await becomes(eve, 200);
  });

  it('no longer count once they are taken, or their connection has gone', async () => {
    const ada = await aCallerWithMuch();
    for (let n = 0; n <= MOST; n += 1) expect(await statusFor(ada)).toBe(200);

    await untilRefused([ada], ada);
    leave();

    await becomes(ada, 200);
    await untilRefused([ada], ada);
  });
});
