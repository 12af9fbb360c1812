import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newTask } from '../../src/tasks/task-id';
import type { TaskBody } from '../support/http/answers';
import { atOnce, fast, type FastAnswer, type FastRequest } from '../support/http/fast-requests';
import { aTask, etagOf } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

/** The row on deadlocks, C8, is not tried: one statement on one row waits for nobody in a circle. */
describe('abuse: concurrency', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    await aTask(app, caller);
  });
  afterAll(() => app.stop());

  const count = async (condition: string, value: string): Promise<number> =>
    (await app.database.query(`select from tasks where ${condition} = $1`, [value])).length;

  it('C1: 20 parallel creates with one Idempotency-Key make one task', async () => {
    const key = newTask().id;

    const answers = await atOnce(20, () =>
      fast(app, caller, 'POST', '/api/me/tasks', { key, body: { title: 'Once' } }),
    );

    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(19).fill(200), 201]);
    for (const { status, body, headers, etag } of answers) {
      expect(body).toEqual(answers[0]?.body);
      expect(etag).toBe(answers[0]?.etag);
      expect(headers.get('location')).toBe(`/api/${caller.userId}/tasks/${key}`);
      expect(headers.get('idempotency-replayed')).toBe(status === 200 ? 'true' : null);
    }
    expect(await count('id', key)).toBe(1);
  });

  it('C2: of 8 writers with one ETag one wins, and the others learn the ETag that beat them', async () => {
    const write = (task: TaskBody, writer: number, request: FastRequest) => {
      const path = `/api/me/tasks/${task.id}`;
      const title = `writer ${writer}`;
      switch (writer % 4) {
        case 0:
          return fast(app, caller, 'PUT', path, { ...request, body: { title } });
        case 1:
          return fast(app, caller, 'PATCH', path, { ...request, body: { title } });
        case 2:
          return fast(app, caller, 'PATCH', `${path}/complete`, request);
        default:
          return fast(app, caller, 'DELETE', path, request);
      }
    };
    let task: { body: TaskBody; etag: string } | undefined;
    let deletions = 0;

    for (let round = 0; round < 300; round += 1) {
      if (task === undefined) {
        const created = await aTask(app, caller, { title: `round ${round}` });
        task = { body: created, etag: await etagOf(app, caller, created) };
      }
      const { body, etag } = task;
      // Every third round all may win; else the one that deletes holds a tag of the past.
      const writers = Array.from({ length: 8 }, (_, index) => index + round);
      const sent = writers.map((w) => (w % 4 === 3 && round % 3 !== 0 ? '"999999"' : etag));
      const answers = await atOnce(8, (index) =>
        write(body, writers[index] ?? 0, { ifMatch: sent[index] }),
      );

      const won = answers.filter(({ status }) => status < 300);
      expect(won).toHaveLength(1);
      const [winner] = won as [FastAnswer];
      const deleted = winner.status === 204;
      for (const [index, loser] of answers.entries()) {
        if (loser === winner) continue;
        expect(loser.etag).not.toBe(sent[index]);
        if (sent[index] !== etag) expect(loser.status).toBe(412);
        else expect([loser.status, loser.etag]).toEqual(deleted ? [404, null] : [412, winner.etag]);
      }
      if (deleted) deletions += 1;
      task = deleted ? undefined : { body, etag: winner.etag ?? '' };
    }
    expect(deletions).toBeGreaterThan(0);
  }, 60_000);

  it('C3: 20 parallel first writes of a new user make one account and 20 tasks', async () => {
    const newcomer = await aCaller({ email: 'new@example.com', email_verified: true });

    const answers = await atOnce(20, (index) =>
      fast(app, newcomer, 'POST', `/api/${newcomer.userId}/tasks`, { body: { title: `${index}` } }),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(await count('user_id', newcomer.userId)).toBe(20);
    expect(
      await app.database.query('select email from users where id = $1', [newcomer.userId]),
    ).toEqual([{ email: 'new@example.com' }]);
  });

  it("C4: another user's task id as one's own Idempotency-Key takes over nothing", async () => {
    const victim = await aCaller();
    const theirs = await aTask(app, victim, { title: 'Theirs' });

    const created = await app
      .send('post', '/api/me/tasks', caller)
      .set('Idempotency-Key', theirs.id)
      .send({ title: 'Mine' });

    expect([created.status, created.body.id, created.body.user_id]).toEqual([
      201,
      theirs.id,
      caller.userId,
    ]);
    const path = `/tasks/${theirs.id}`;
    expect((await app.send('get', `/api/me${path}`, victim)).body).toEqual(theirs);
    expect((await app.send('get', `/api/me${path}`, caller)).body).toEqual(created.body);
    await app.send('delete', `/api/me${path}`, caller);
    expect((await app.send('get', `/api/me${path}`, victim)).body).toEqual(theirs);
  });

  it.each([
    ['PUT', '', { title: 'x' }],
    ['PATCH', '', { title: 'x' }],
    ['PATCH', '/complete', undefined],
    ['DELETE', '', undefined],
  ] as const)('C5: %s %s of a missing task is 404, not success', async (method, suffix, body) => {
    const path = `/api/me/tasks/${newTask().id}${suffix}`;

    for (const ifMatch of [undefined, '*', '"1"']) {
      const answer = await fast(app, caller, method, path, { ifMatch, body });
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([
        404,
        'task-not-found',
      ]);
    }
  });

  it.each([24, 25])('C6: %d parallel toggles end in the right parity', async (times) => {
    const task = await aTask(app, caller);

    const answers = await atOnce(times, () =>
      fast(app, caller, 'PATCH', `/api/me/tasks/${task.id}/complete`),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array(times).fill(200));
    expect(new Set(answers.map(({ etag }) => etag)).size).toBe(times);
    const { body } = await fast(app, caller, 'GET', `/api/me/tasks/${task.id}`);
    expect((body as TaskBody).completed).toBe(times % 2 === 1);
  });
});
