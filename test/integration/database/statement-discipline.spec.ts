import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { v7 } from 'uuid';
import type { CompiledStatement } from '../../../src/database/compiled-statement';
import { DatabaseSession } from '../../../src/database/session/database-session';
import { UserScope } from '../../../src/user-scope/user-scope';
import { type ServedApplication, serveAt } from '../../support/app/application-at';
import { eventually } from '../../support/app/eventually';
import { EventReader } from '../../support/http/event-reader';
import { LoneLane } from '../../support/database/lone-lane';
import { TestDatabase } from '../../support/database/test-database';
import { aCaller, type Caller } from '../../support/app/tokens';
import { DATABASE_WAITS } from '../../../src/database/limits';
import { WireProxy } from '../../support/wire/wire-proxy';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The prepared statements around the real one, in the same flush. */
const MODES = {
  implicit: { before: [], behind: [] },
  transaction: { before: ['begin_scope'], behind: ['commit_scope'] },
} as const;
/** What sets the scope of a statement. A write of tasks takes a number as well. */
const entryOf = (statement: string): string =>
  /^task_(?!get|list)/.test(statement) ? 'enter_change' : 'enter_scope';

/** A deletion puts the task into the trash, then takes it away. */
const followerOf = (name: string) =>
  name.startsWith('task_delete') ? [name.replace('delete', 'remove')] : [];

describe.each(['implicit', 'transaction'] as const)('A request in %s scope', (mode) => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let app: ServedApplication;
  let caller: Caller;
  let taskId: string;

  beforeAll(async () => {
    database = await TestDatabase.create();
    proxy = await WireProxy.start(database.endpoint.api);
    app = await serveAt(proxy.before(database.endpoint), { DATABASE_SCOPE: mode });
    caller = await aCaller({ email: 'ann@example.com', email_verified: true });
    taskId = (await send('post', '/api/me/tasks', { title: 'first' })).body.id;
  });
  afterAll(async () => {
    await app.nest.close();
    await proxy.stop();
    await database.drop();
  });

  const send = (method: Method, path: string, body?: object, headers = {}, by = caller) => {
    const test = request(`http://127.0.0.1:${app.port}`)[method](path);
    void test.set({ Authorization: by.authorization, ...headers });
    return body === undefined ? test : test.send(body);
  };
  const kindsSent = () => proxy.sent.map(({ kind }) => kind);
  const sent = (kind: string) => proxy.sent.filter((message) => message.kind === kind);

  const onLane: readonly (readonly [string, Method, string, (object | undefined)?, object?])[] = [
    ['task_get', 'get', '/api/me/tasks/:id'],
    ['task_get', 'get', '/api/me/tasks/:id', undefined, { 'If-None-Match': '"1"' }],
    ['task_list_newest', 'get', '/api/me/tasks'],
    ['task_list_newest', 'get', '/api/me/tasks?created_after=2020-01-01T00:00:00Z&limit=3'],
    ['task_list_open', 'get', '/api/me/tasks?completed=false'],
    ['task_create', 'post', '/api/me/tasks', { title: 'next' }],
    ['task_create_once', 'post', '/api/me/tasks', { title: 'once' }, { 'Idempotency-Key': v7() }],
    ['task_create_under', 'post', '/api/me/tasks', { title: 'low', parent_id: ':id' }],
    ['task_replace_under', 'put', '/api/me/tasks/:id', { title: 'x', parent_id: v7() }],
    ['task_patch_under', 'patch', '/api/me/tasks/:id', { parent_id: v7() }],
    ['task_replace', 'put', '/api/me/tasks/:id', { title: 'put' }],
    ['task_replace_if', 'put', '/api/me/tasks/:id', { title: 'put' }, { 'If-Match': '"1"' }],
    ['task_patch_plain', 'patch', '/api/me/tasks/:id', { title: 'patched' }],
    [
      'task_patch_plain',
      'patch',
      '/api/me/tasks/:id',
      { description: null, priority: 1, tags: [] },
    ],
    ['task_patch_plain_if', 'patch', '/api/me/tasks/:id', { tags: [] }, { 'If-Match': '"1"' }],
    ['task_patch', 'patch', '/api/me/tasks/:id', { title: 'due', due: '2026-12-01' }],
    ['task_patch', 'patch', '/api/me/tasks/:id', { title: 'done', completed: false }],
    ['task_patch_if', 'patch', '/api/me/tasks/:id', { due: null }, { 'If-Match': '"1"' }],
    ['task_complete', 'patch', '/api/me/tasks/:id', { completed: false }],
    ['task_complete_if', 'patch', '/api/me/tasks/:id', { completed: true }, { 'If-Match': '"1"' }],
    ['task_move_between', 'post', '/api/me/tasks/:id/move', { after: v7(), before: v7() }],
    ['task_complete', 'patch', '/api/me/tasks/:id/complete'],
    ['task_complete_if', 'patch', '/api/me/tasks/:id/complete', undefined, { 'If-Match': '"1"' }],
    ['task_delete_if', 'delete', '/api/me/tasks/:id', undefined, { 'If-Match': '"1"' }],
    ['task_delete', 'delete', `/api/me/tasks/${v7()}`],
    ['changes_since', 'get', '/api/me/tasks/changes?after=1795340472042000498705271828'],
    [
      'changes_tasks',
      'get',
      `/api/me/tasks/changes?after=1795340472042000498705271828-${randomUUID()}`,
    ],
    ['user_find', 'get', '/api/users/me'],
  ];

  it.each(onLane)(
    'runs %s alone beside the scope: %s %s',
    async (name, method, path, ...[body, headers]) => {
      proxy.clear();

      const named = body && (JSON.parse(JSON.stringify(body).replace(':id', taskId)) as object);
      await send(method, path.replace(':id', taskId), named, headers);

      const { before, behind } = MODES[mode];
      const write = [...before, entryOf(name), name, ...followerOf(name), ...behind];
      // Where nothing was deleted, the task says which version it has.
      const isKept = name === 'task_delete_if';
      const flushes = [
        write,
        ...(isKept ? [[...before, 'enter_scope', 'task_get', ...behind]] : []),
      ];
      expect(kindsSent()).toEqual(
        flushes.flatMap((flush) => [...flush.flatMap(() => ['Bind', 'Execute']), 'Sync']),
      );
      expect(sent('Bind').map(({ statement }) => statement)).toEqual(flushes.flat());
      for (const { statement, values } of sent('Bind')) {
        if (statement === name || statement === entryOf(name))
          expect(values?.[0]).toBe(caller.userId);
      }
    },
  );

  it.each([
    ['patch', 'task_patch_plain'],
    ['delete', 'task_delete'],
  ] as const)('runs a keyed write between its two steps: %s', async (method, name) => {
    const key = { 'Idempotency-Key': randomUUID() };
    const { body: task } = await send('post', '/api/me/tasks', { title: 'keyed' });
    const write = () => send(method, `/api/me/tasks/${task.id}`, { title: 'once' }, key);
    const { before, behind } = MODES[mode];
    const steps = ['enter_change_once', name, ...followerOf(name), 'keep_reply'];
    const flush = [...before, ...steps, ...behind];
    proxy.clear();
    await write();
    // A deletion may be followed by a sweep of the trash.
    const firstSent = () => sent('Bind').slice(0, flush.length);
    expect(firstSent().map(({ statement }) => statement)).toEqual(flush);
    expect(kindsSent().slice(0, 2 * flush.length + 1)).toEqual([
      ...flush.flatMap(() => ['Bind', 'Execute']),
      'Sync',
    ]);

    proxy.clear();
    await write();
    expect(firstSent().map(({ statement }) => statement)).toEqual(flush);
  });

  const RECURRING = { title: 'daily', due: '2026-12-01', recurrence: 'FREQ=DAILY' };
  const ofRecurring: readonly (readonly [string, Method, string, object | undefined])[] = [
    ['task_complete', 'patch', '/complete', undefined],
    ['task_complete', 'patch', '', { completed: true }],
    ['task_patch', 'patch', '', { title: 'done', completed: true }],
    ['task_replace', 'put', '', { ...RECURRING, completed: true }],
  ];

  it.each(ofRecurring)(
    'makes the next task in a flush of its own where one recurs: %s',
    async (name, method, path, body) => {
      const { body: task } = await send('post', '/api/me/tasks', RECURRING);
      proxy.clear();

      const { headers } = await send(method, `/api/me/tasks/${task.id}${path}`, body);

      expect(headers['link']).toMatch(/rel="next"/);
      const usual = name === 'task_replace' ? [] : ['enter_change', name];
      const flush = ['enter_change', `${name}_follow`];
      const onLanes = sent('Bind').flatMap(({ statement = '' }) => statement || []);
      expect(onLanes).toEqual(
        [usual, flush].flatMap((steps) =>
          steps.length > 0 ? [...MODES[mode].before, ...steps, ...MODES[mode].behind] : [],
        ),
      );
    },
  );

  const onPool: readonly (readonly [string, Method, string])[] = [
    ['a search', 'get', '/api/me/tasks?q=t&completed=false&sort=title'],
    ['an account that is erased', 'delete', '/api/users/me'],
  ];

  it.each(onPool)('takes one round trip for %s', async (_, method, path) => {
    const other = await aCaller();
    await send('post', '/api/me/tasks', { title: 'first' }, {}, other);
    await send(method, path.replace('me', other.userId), undefined, {}, other);
    proxy.clear();

    await send(method, path, undefined, {}, other);

    const { before, behind } = MODES[mode];
    const steps = before.length + 2 + behind.length;
    expect(kindsSent()).toEqual([
      ...Array.from({ length: steps }, () => ['Parse', 'Bind', 'Execute']).flat(),
      'Sync',
    ]);
    expect(sent('Parse')[before.length + 1]?.text).toMatch(/^\s*(select|delete) .*user_?s?\.?/is);
  });

  const refused: readonly (readonly [string, Method, string, (object | undefined)?, object?])[] = [
    ['no token', 'get', '/api/me/tasks', undefined, { Authorization: '' }],
    ['a bad token', 'get', '/api/me/tasks', undefined, { Authorization: 'Bearer x.y.z' }],
    ['a foreign user', 'get', `/api/${randomUUID()}/tasks`],
    ['a malformed user', 'get', '/api/nobody/tasks'],
    ['a malformed task', 'get', '/api/me/tasks/1'],
    ['an unknown route', 'get', '/api/me/tasks/1/2'],
    ['a wrong method', 'post', `/api/me/tasks/${randomUUID()}`],
    ['an unknown query', 'get', '/api/me/tasks?colour=red'],
    ['a foreign cursor', 'get', '/api/me/tasks?cursor=abc'],
    ['a title that is too long', 'post', '/api/me/tasks', { title: 'x'.repeat(201) }],
    ['NUL in a title', 'post', '/api/me/tasks', { title: 'a\u0000b' }],
    ['a property too many', 'patch', `/api/me/tasks/${randomUUID()}`, { owner: 'me' }],
    ['a bad If-Match', 'delete', `/api/me/tasks/${randomUUID()}`, undefined, { 'If-Match': 'x' }],
    ['a bad key', 'post', '/api/me/tasks', { title: 'x' }, { 'Idempotency-Key': 'two words' }],
  ];

  it.each(refused)('sends nothing for %s', async (_, method, path, ...[body, headers]) => {
    proxy.clear();
    const sessions = proxy.sessions;

    const { status } = await send(method, path, body, headers);

    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(proxy.sent).toEqual([]);
    expect(proxy.sessions).toBe(sessions);
  });

  it('has been looked at with every statement that the lanes carry', async () => {
    const lanes = await WireProxy.start(database.endpoint.api);
    const again = await serveAt(lanes.before(database.endpoint), { DATABASE_SCOPE: mode });
    const parsed = lanes.sent.flatMap(
      ({ kind, statement = '' }) => (kind === 'Parse' && statement) || [],
    );
    await again.nest.close();
    await lanes.stop();

    const ofStreams = ['feed_mark', 'feed_look'];
    const ofChanges = ['changes_feed', 'changes_begin'];
    const ofTrash = [
      'task_made',
      'task_remove',
      'trash_list',
      'trash_purge',
      'trash_restore',
      'trash_sweep',
    ];
    const ofUsers = ['user_insert', 'user_set_email'];
    const ofRefusals = ['task_parent_fault'];
    const exceptions = [...ofRefusals, ...ofUsers, ...ofChanges, ...ofStreams, ...ofTrash];
    const keyed = ['enter_change_once', 'keep_reply', 'reply_find'];
    const { before, behind } = MODES[mode];
    const expected = [
      ...before,
      'enter_scope',
      'enter_change',
      ...behind,
      ...exceptions,
      ...keyed,
      ...onLane.flatMap(([name]) => [name, ...followerOf(name)]),
      ...ofRecurring.map(([name]) => `${name}_follow`),
    ];
    expect(new Set(parsed)).toEqual(new Set(expected));
  });

  it('marks the feed and reads what has changed where a stream opens or is woken', async () => {
    await send('post', '/api/me/tasks', { title: 'known' });
    const ofFeeds = () =>
      sent('Bind').filter(({ statement = '' }) => /^(feed|changes)_/.test(statement));
    const names = () => new Set(ofFeeds().map(({ statement }) => statement));

    proxy.clear();
    const stream = await EventReader.open(`http://127.0.0.1:${app.port}`, caller);
    await eventually(() => names().size === 3);
    expect(names()).toEqual(new Set(['changes_feed', 'feed_mark', 'changes_since']));

    await send('post', '/api/me/tasks', { title: 'new' });
    expect(await stream.nextTask()).toMatchObject({ title: 'new' });
    expect(names().size).toBe(3);
    for (const { values } of ofFeeds()) expect(values?.[0]).toBe(caller.userId);
    stream.close();
  });

  it('has three exceptions: the first write, POST /api/users, and changes from the start', async () => {
    const newcomer = await aCaller({ email: 'newcomer@example.com', email_verified: true });
    const real = () =>
      sent('Bind').flatMap(({ statement = '' }) =>
        /^(task|user|changes)_/.test(statement) ? [statement] : [],
      );

    proxy.clear();
    await send('post', '/api/me/tasks', { title: 'first' }, {}, newcomer);
    expect(real()).toEqual(['task_create', 'user_insert', 'task_create']);

    proxy.clear();
    await send('post', '/api/users', undefined, {}, newcomer);
    expect(real()).toEqual(['user_insert', 'user_set_email']);

    proxy.clear();
    await send('get', '/api/me/tasks/changes', undefined, {}, newcomer);
    expect(real()).toEqual(['changes_feed', 'changes_tasks']);

    const another = await aCaller();
    await send('post', '/api/users', undefined, {}, another);
    proxy.clear();
    await send('get', '/api/me/tasks/changes', undefined, {}, another);
    expect(real()).toEqual(['changes_feed', 'changes_begin', 'changes_tasks']);
  });
});

describe('A lane', () => {
  const FIND: CompiledStatement = {
    name: 'find',
    text: 'select title from tasks where user_id = $1',
  };
  const WRITE: CompiledStatement = {
    name: 'write',
    numbers: 1,
    text: 'delete from tasks where user_id = $1',
  };
  const INSPECT: CompiledStatement = {
    name: 'inspect',
    text: `select name, generic_plans from pg_prepared_statements
           where name in ('find', 'write', 'enter_scope', 'enter_change') and $1::uuid is not null order by name`,
  };

  it('parses and plans each statement once', async () => {
    const database = await TestDatabase.create();
    const proxy = await WireProxy.start(database.endpoint.api);
    const { config: session } = await DatabaseSession.negotiate(proxy.settings);
    const options = {
      session,
      mode: 'implicit',
      hasOwnSession: true,
      batches: 1,
      texts: 'kept',
      wakeMs: 0,
      waits: DATABASE_WAITS,
    } as const;
    const lane = await LoneLane.open(options, [FIND, WRITE, INSPECT]);

    for (let n = 0; n < 25; n += 1) {
      await lane.run(UserScope.of(randomUUID()), FIND);
      await lane.run(UserScope.of(randomUUID()), WRITE);
    }

    expect(await lane.run(UserScope.of(randomUUID()), INSPECT)).toEqual([
      ['enter_change', '25'],
      ['enter_scope', '26'],
      ['find', '25'],
      ['write', '25'],
    ]);
    const parsed = proxy.sent.filter(({ kind }) => kind === 'Parse');
    expect(parsed.map(({ statement }) => statement).filter((name) => name !== '')).toEqual([
      'enter_scope',
      'enter_change',
      'enter_change_once',
      'keep_reply',
      'find',
      'write',
      'inspect',
    ]);
    await lane.close();
    await proxy.stop();
    await database.drop();
  });
});
