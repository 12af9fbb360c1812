import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { sendTo } from '../support/app/tested-api';
import { aCaller, type Caller, signToken } from '../support/app/tokens';
import { TestDatabase } from '../support/database/test-database';
import type { TaskBody } from '../support/http/answers';
import { EventReader } from '../support/http/event-reader';
import { DocumentedApi } from '../support/openapi/openapi-validation';
import { moveUser } from '../../src/cli/accounts/move-user';
import { BulkWriter } from '../../src/database/operator/bulk-writer';
import { resync } from '../../src/database/schema/resync';
import { WatchedFeeds } from '../../src/events/watched-feeds';
import { describeApi } from '../../src/openapi/openapi-document';
import { newTask } from '../../src/tasks/task-id';
import {
  taskTransferStatements,
  transferValues,
} from '../../src/tasks/transfer/task-transfer.statements';
import { NEW_TASK } from '../support/app/task-fields';

const UNCHANGED = { completedAtMs: undefined, updatedAtMs: Date.now() };

// What a lost session hides is found by the upkeep, which takes 25 s.
jest.setTimeout(90_000);

describe('streams of several servers on one database', () => {
  let database: TestDatabase;
  let documented: DocumentedApi;
  let here: ServedApplication;
  let there: ServedApplication;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    database = await TestDatabase.create();
    const variables = { AUTH_CLOCK_TOLERANCE: '0' };
    here = await serveAt(database.endpoint, variables);
    there = await serveAt(database.endpoint, variables);
    documented = new DocumentedApi(describeApi(here.nest));
  });
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.close();
  });
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await database.drop();
  });

  const open = async (
    { url }: ServedApplication,
    caller: Caller,
    options?: Parameters<typeof EventReader.open>[2],
  ): Promise<EventReader> => {
    const reader = await EventReader.open(url, caller, options);
    readers.push(reader);
    return reader;
  };
  const create = async (
    { url }: ServedApplication,
    caller: Caller,
    title: string,
  ): Promise<TaskBody> => {
    const response = await sendTo({ url, documented }, 'post', '/api/me/tasks', caller).send({
      title,
    });
    expect(response.status).toBe(201);
    return response.body as TaskBody;
  };
  /** The sessions of this database that listen. */
  const listeners = (): Promise<{ pid: number }[]> =>
    database.query(
      `select pid from pg_stat_activity where datname = current_database() and query = 'listen task_changes'`,
    );

  it('hear of each other’s writes', async () => {
    const caller = await aCaller();
    await create(here, caller, 'first');
    const [reader, other] = [await open(here, caller), await open(there, caller)];
    await eventually(async () => (await listeners()).length === 2);

    const tasks = [await create(there, caller, 'there'), await create(here, caller, 'here')];
    for (const task of tasks) {
      expect(await reader.nextTask()).toEqual(task);
      expect(await other.nextTask()).toEqual(task);
    }
  });

  it('hear of a write whose listening sessions were ended meanwhile', async () => {
    const caller = await aCaller();
    await create(here, caller, 'first');
    const reader = await open(here, caller);
    await eventually(async () => (await listeners()).length > 0);
    const ended = await listeners();
    await database.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [
      ended.map(({ pid }) => pid),
    ]);
    const task = await create(there, caller, 'meanwhile');

    expect(await reader.nextTask()).toEqual(task);
    const later = await create(there, caller, 'later');
    expect(await reader.nextTask()).toEqual(later);
  });

  it('hear of what commands write as soon as it is committed', async () => {
    const [caller, other] = [await aCaller(), await aCaller()];
    await create(here, caller, 'first');
    await create(here, other, 'first of another');
    const [reader, ofOther] = [await open(here, caller), await open(here, other)];
    await eventually(async () => (await listeners()).length > 0);
    const { wakeUps } = here.nest.get(WatchedFeeds);
    const before = { ...wakeUps };
    const { api, owner } = database.endpoint;
    const { userId } = caller;
    const values = transferValues([
      { ...newTask(), fields: { ...NEW_TASK, title: 'seeded' }, ...UNCHANGED },
    ]);

    const writer = await BulkWriter.open(api, true);
    await writer.write([{ userId, statement: taskTransferStatements.tasks, values }]);
    await writer.close();
    expect((await reader.nextTask()).title).toBe('seeded');

    await moveUser({ from: other.userId, to: userId, most: 0, dryRun: false }, api);
    expect((await reader.nextTask()).title).toBe('first of another');
    await ofOther.ended();
    expect(ofOther.events.at(-1)?.event).toBe('reset');

    await resync(owner);
    await reader.ended();
    expect(reader.events.at(-1)?.event).toBe('reset');
    // The process has written nothing meanwhile, and the upkeep had nothing to find.
    expect(wakeUps).toMatchObject({ process: before.process, upkeep: before.upkeep });
    expect(wakeUps.notification).toBeGreaterThanOrEqual(before.notification + 4);
  });

  it('go on while all other sessions are ended, again and again', async () => {
    const callers = await Promise.all([aCaller(), aCaller(), aCaller()]);
    const streams = await Promise.all(
      callers.flatMap((caller) => [open(here, caller), open(there, caller)]),
    );
    const over = new AbortController();
    const cutting = (async () => {
      while (!over.signal.aborted) {
        await sleep(30);
        await database.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
            order by random() limit 2`,
        );
      }
    })();
    const made = callers.map(() => new Set<string>());
    for (let round = 0; round < 40; round += 1) {
      for (const [n, caller] of callers.entries()) {
        const { url } = round % 2 === 0 ? here : there;
        const title = `of ${caller.userId}`;
        const { status, body } = await sendTo(
          { url, documented },
          'post',
          '/api/me/tasks',
          caller,
        ).send({ title });
        if (status === 201) made[n]?.add((body as TaskBody).id);
      }
    }
    over.abort();
    await cutting;

    for (const [n, reader] of streams.entries()) {
      const own = callers[Math.floor(n / 2)]?.userId ?? '';
      const expected = made[Math.floor(n / 2)] ?? new Set();
      const seen = (): string[] =>
        reader.events.map(({ data }) => (JSON.parse(data ?? '') as TaskBody).id);
      await reader.until(() => [...expected].every((id) => seen().includes(id)));
      expect(new Set(seen()).size).toBe(seen().length);
      for (const { userId } of callers.filter(({ userId: id }) => id !== own)) {
        expect(reader.text).not.toContain(userId);
      }
    }
    expect(made.every((ids) => ids.size > 0)).toBe(true);
  });

  it('ends with the access token', async () => {
    const { userId } = await aCaller();
    const exp = Math.ceil(Date.now() / 1_000) + 2;
    const reader = await open(here, {
      userId,
      authorization: `Bearer ${await signToken({ sub: userId, exp })}`,
    });
    await reader.ended();
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
    expect(reader.events).toEqual([]);
  });

  it('ends in order when its server stops, while new streams are refused', async () => {
    const third = await serveAt(database.endpoint);
    const [caller, other] = [await aCaller(), await aCaller()];
    const reader = await open(third, caller);
    const slow = await open(third, other);
    slow.response.pause();
    const stopping = third.stop();

    await reader.ended();
    expect(reader.retries).toHaveLength(2);
    expect(reader.text).toMatch(/\n\nretry: \d+\n\n$/);
    await stopping;
    const again = await open(here, caller, { headers: { 'Last-Event-ID': reader.lastId ?? '' } });
    const task = await create(there, caller, 'after the stop');
    expect(await again.nextTask()).toEqual(task);
  });
});
