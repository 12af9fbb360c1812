import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newTask } from '../../src/tasks/task-id';
import { answerOf, createdAnswer, problemAnswer, taskAnswer } from '../support/http/answers';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const HOUR = 60 * 60 * 1_000;

/** A UUIDv7 of that many milliseconds from now. */
function keyAt(offset: number): string {
  const time = (Date.now() + offset).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${newTask().id.slice(13)}`;
}

describe('a UUIDv7 as the Idempotency-Key of POST /api/{user_id}/tasks', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const create = (key: string, title: string, by = caller) =>
    app.send('post', '/api/me/tasks', by).set('Idempotency-Key', key).send({ title });

  it('becomes the id of the task, and its time the time of creation', async () => {
    const key = keyAt(-HOUR);
    const response = await create(key, 'Keyed');

    const time = new Date(Number.parseInt(key.replaceAll('-', '').slice(0, 12), 16)).toISOString();
    expect(answerOf(response)).toEqual(
      createdAnswer({ id: key, title: 'Keyed', created_at: time, updated_at: time }),
    );
    expect(response.headers['location']).toBe(`/api/${caller.userId}/tasks/${key}`);
  });

  it('answers a repeat with the stored task as it is now, and says so', async () => {
    const key = keyAt(0);
    await create(key, 'First');
    const changed = await app.send('patch', `/api/me/tasks/${key}/complete`, caller);
    const repeat = await create(key, 'Second');

    expect(answerOf(repeat)).toEqual(
      taskAnswer(200, changed.body, {
        etag: changed.headers['etag'],
        location: `/api/${caller.userId}/tasks/${key}`,
        'idempotency-replayed': 'true',
      }),
    );
  });

  it('answers a repeat without a body where the client prefers that', async () => {
    const key = keyAt(0);
    const first = await create(key, 'Quiet');
    const repeat = await create(key, 'Quiet').set('Prefer', 'return=minimal');

    expect([repeat.status, repeat.text]).toEqual([200, '']);
    expect(repeat.headers).toMatchObject({
      etag: first.headers['etag'],
      location: `/api/${caller.userId}/tasks/${key}`,
      'idempotency-replayed': 'true',
      'preference-applied': 'return=minimal',
    });
  });

  it('is the same key in upper case', async () => {
    const key = keyAt(0);
    const first = await create(key.toUpperCase(), 'Upper');
    const second = await create(key, 'Lower');

    expect([first.status, first.body.id]).toEqual([201, key]);
    expect([second.status, second.body]).toEqual([200, first.body]);
  });

  it('is each user’s own', async () => {
    const key = keyAt(0);
    const other = await aCaller();
    const mine = await create(key, 'Mine');
    const theirs = await create(key, 'Theirs', other);

    expect([mine.status, mine.body.title]).toEqual([201, 'Mine']);
    expect([theirs.status, theirs.body.title]).toEqual([201, 'Theirs']);
  });

  it('is not used up by a refused request', async () => {
    const key = keyAt(0);
    const refused = await create(key, ' ');
    const accepted = await create(key, 'Now');

    expect([refused.status, accepted.status]).toEqual([400, 201]);
  });

  it('is answered with the task also after it was deleted, and makes no second one', async () => {
    const key = keyAt(0);
    const first = await create(key, 'First');
    await app.send('delete', `/api/me/tasks/${key}`, caller);
    const again = await create(key, 'Again');

    expect(answerOf(again)).toEqual(
      taskAnswer(200, first.body, {
        etag: first.headers['etag'],
        location: `/api/${caller.userId}/tasks/${key}`,
        'idempotency-replayed': 'true',
      }),
    );
    expect((await app.send('get', `/api/me/tasks/${key}`, caller)).status).toBe(404);
  });

  it.each([
    ['of almost a day ago', () => keyAt(-24 * HOUR + 60_000)],
    ['a little ahead of our clock', () => keyAt(60_000)],
  ])('may be %s', async (_, key) => {
    expect((await create(key(), 'x')).status).toBe(201);
  });

  it.each([
    ['older than a day', () => keyAt(-24 * HOUR - 1_000), 'is a UUIDv7 older than 24 hours'],
    [
      'of the future',
      () => keyAt(HOUR),
      'is a UUIDv7 of the future: its clock is more than 5 minutes fast',
    ],
  ])('must not be %s', async (_, key, detail) => {
    expect(answerOf(await create(key(), 'x'))).toEqual(
      problemAnswer('idempotency-key-invalid', {
        errors: [{ header: 'Idempotency-Key', detail }],
      }),
    );
  });
});
