import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FEED_MARK_STATEMENTS } from '../../src/events/feed-marks.statements';
import { WatchedFeeds } from '../../src/events/watched-feeds';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { aCaller, type Caller } from '../support/app/tokens';
import { ReachedDatabase } from '../support/database/connection-modes';
import type { TaskBody } from '../support/http/answers';
import { EventReader } from '../support/http/event-reader';
import { describeWith } from '../support/requirements';
import { WireProxy } from '../support/wire/wire-proxy';

/** Of an explicit transaction. */
const ENTRY = /^(?:begin|select enter_scope|commit)/;
/** Of the scope, and of the transaction. */
const SETTINGS = 'select pg_catalog.set_config(';
const { look } = FEED_MARK_STATEMENTS;

describeWith('pgBouncer', 'A stream of a server behind PgBouncer', () => {
  let reached: ReachedDatabase;
  let proxy: WireProxy;
  let here: ServedApplication;
  let there: ServedApplication;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach({ pooled: true });
    proxy = await WireProxy.start(reached.endpoint.api);
    const variables = { ISOLATION_INTERVAL: '3600' };
    here = await serveAt(proxy.before(reached.endpoint), variables);
    there = await serveAt(reached.endpoint, variables);
  });
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await proxy.stop();
    await reached.close();
  });

  const create = async ({ url }: ServedApplication, caller: Caller, title: string) => {
    const response = await fetch(`${url}/api/me/tasks`, {
      method: 'POST',
      headers: { authorization: caller.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ title }),
    });
    return (await response.json()) as TaskBody;
  };
  const looks = () => proxy.sent.filter(({ text }) => text === look.text).length;

  it('polls its feed, only reads, and reports the writes of another server', async () => {
    const caller = await aCaller();
    await create(there, caller, 'first');
    const stream = await EventReader.open(here.url, caller);
    const task = await create(there, caller, 'second');
    expect(await stream.nextTask()).toEqual(task);
    await eventually(() => looks() > 0);
    proxy.clear();
    await eventually(() => looks() >= 2);
    const texts = new Set(proxy.sent.flatMap(({ text }) => text ?? []));
    const others = [...texts].filter((text) => !text.startsWith(SETTINGS) && !ENTRY.test(text));
    expect(others).toEqual([look.text]);

    const { wakeUps } = here.nest.get(WatchedFeeds);
    const { upkeep } = wakeUps;
    const path = `${there.url}/api/me/tasks/${task.id}`;
    const { authorization } = caller;
    await fetch(path, { method: 'DELETE', headers: { authorization } });
    expect((await stream.next()).event).toBe('deleted');
    expect(wakeUps.upkeep).toBe(upkeep + 1);
    expect(wakeUps).toMatchObject({ notification: 0, process: 0 });
    stream.close();
  });
});
