import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { CHANGE_NUMBER } from '../../../../src/database/compiled-statement';
import { BulkWriter, type ScopedWrite } from '../../../../src/database/operator/bulk-writer';
import { describeOnEveryMode, ReachedDatabase } from '../../../support/database/connection-modes';
import { expectGrowing } from '../../../support/database/versions';

const USER = {
  name: 'bulk_user',
  text: 'insert into users (id, created_at) values ($1, now()) on conflict (id) do nothing',
};
const TASKS = {
  name: 'bulk_tasks',
  numbers: ([titles]: readonly unknown[]) => (titles as readonly string[]).length,
  text:
    'insert into tasks (user_id, id, title, completed, version, created_at, updated_at)' +
    ` select $1::uuid, gen_random_uuid(), title, false, ${CHANGE_NUMBER} + n - 1, now(), now()` +
    ' from unnest($2::text[]) with ordinality as task (title, n)',
};

const user = (id: string): ScopedWrite => ({ userId: id, statement: USER, values: [] });
const tasks = (id: string, titles: readonly string[]): ScopedWrite => ({
  userId: id,
  statement: TASKS,
  values: [titles],
});
/** Tasks of somebody else than the scope says. */
const smuggled = (id: string, titles: readonly string[], scope: string): ScopedWrite => ({
  userId: scope,
  statement: {
    ...TASKS,
    name: 'bulk_smuggle',
    text: `${TASKS.text.replace('$1::uuid', `'${id}'::uuid`)} where $1::uuid is not null`,
  },
  values: [titles],
});

describeOnEveryMode('writing for many users', (mode) => {
  let reached: ReachedDatabase;
  let writer: BulkWriter;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    const prepare = mode.variables['DATABASE_PREPARE'] !== 'off';
    writer = await BulkWriter.open(reached.endpoint.api, prepare);
  });
  afterAll(async () => {
    await writer.close();
    await reached.close();
  });
  beforeEach(() => reached.database.clear());

  const titles = () =>
    reached.database.query<{ user_id: string; title: string }>(
      'select user_id, title from tasks order by title',
    );

  it('writes each row under its own user, and counts the new ones', async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    const counts = await writer.write([
      user(ada),
      tasks(ada, ['a', 'b']),
      user(bob),
      tasks(bob, ['c']),
      user(ada),
    ]);
    expect(counts).toEqual([1, 2, 1, 1, 0]);
    expect(await titles()).toEqual([
      { user_id: ada, title: 'a' },
      { user_id: ada, title: 'b' },
      { user_id: bob, title: 'c' },
    ]);
  });

  it('gives each row a number of its own, without a gap within a write', async () => {
    const ada = randomUUID();
    await writer.write([user(ada), tasks(ada, ['a', 'b', 'c']), tasks(ada, ['d'])]);
    await writer.write([tasks(ada, ['e', 'f'])]);

    const rows = await reached.database.query<{ version: string }>(
      'select version from tasks order by title',
    );
    const versions = rows.map(({ version }) => version);
    expectGrowing(versions);
    const [a = 0, b, c, , e = 0, f] = versions.map(Number);
    expect([b, c, f]).toEqual([a + 1, a + 2, e + 1]);
  });

  it('is refused a row of another user by the database, and then writes nothing', async () => {
    const [ada, bob] = [randomUUID(), randomUUID()];
    await writer.write([user(bob)]);
    await expect(
      writer.write([user(ada), tasks(ada, ['mine']), smuggled(bob, ['not mine'], ada)]),
    ).rejects.toMatchObject({ code: '42501' });
    expect(await titles()).toEqual([]);
    expect(await reached.database.query('select id from users')).toEqual([{ id: bob }]);
  });

  it('keeps the transactions around a failed one, in order, when none is waited for', async () => {
    const ada = randomUUID();
    const results = await Promise.allSettled([
      writer.write([user(ada), tasks(ada, ['first'])]),
      writer.write([tasks(ada, ['x'.repeat(201)])]),
      writer.write([tasks(ada, ['second'])]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await titles()).map(({ title }) => title)).toEqual(['first', 'second']);
  });
});
