import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { PATIENT_WAITS } from '../support/app/patient-waits';
import { aCaller, type Caller } from '../support/app/tokens';
import { RowLock } from '../support/database/row-lock';
import { TestDatabase } from '../support/database/test-database';
import { HttpSender } from '../support/http/http-sender';

/** More than a lane has places for, of which a user may have half. */
const CROWD = 300;

describe('the places of a lane', () => {
  let database: TestDatabase;
  let app: ServedApplication;
  let sender: HttpSender;

  beforeAll(async () => {
    database = await TestDatabase.create();
    const served = { ...database.endpoint, waits: PATIENT_WAITS };
    app = await serveAt(served, { DATABASE_LANES: '1', RATE_LIMIT: '0' });
    sender = new HttpSender(app.port, 2 * CROWD + 2);
  });
  afterAll(async () => {
    sender.close();
    await app.stop();
    await database.drop();
  });

  const send = async (caller: Caller, method: string, path: string, body?: object) => {
    const answer = await sender.send(caller, { method, path, ...(body !== undefined && { body }) });
    return {
      status: answer.status,
      ...(JSON.parse(answer.body) as { id?: string; code?: string }),
    };
  };

  it('are given to a newcomer, too, where two accounts have taken all of them', async () => {
    const [one, two, newcomer] = [await aCaller(), await aCaller(), await aCaller()];
    const { id = '' } = await send(one, 'POST', '/api/me/tasks', { title: 'locked' });
    const lock = await RowLock.on(database, id);
    const slow = send(one, 'PATCH', `/api/me/tasks/${id}/complete`);
    await lock.blocks(1);
    let refused = 0;
    const get = async (caller: Caller) => {
      const answer = await send(caller, 'GET', `/api/me/tasks/${id}`);
      refused += Number(answer.code === 'overloaded');
      return answer.status;
    };

    const crowd = Array.from({ length: 2 * CROWD }, (_, n) => get(n % 2 === 0 ? one : two));
    await eventually(() => refused === 2 * CROWD - 511);
    const last = get(newcomer);
    await eventually(() => refused === 2 * CROWD - 510);
    await lock.release();

    expect(await last).toBe(404);
    expect((await slow).status).toBe(200);
    const statuses = await Promise.all(crowd);
    expect(statuses.filter((status) => status !== 503)).toHaveLength(510);
  });
});
