import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { OWNER_COLUMN, type ProtectedTable } from '../../src/database/isolation/isolation-plan';
import { withClient } from '../../src/database/session/client';
import { sqlState } from '../../src/database/database-errors';
import { type CitusNode, nodesOf, sessionOn } from '../support/citus/citus-nodes';
import { TestDatabase } from '../support/database/test-database';
import { describeWith } from '../support/requirements';

/** More than shards, so that several users share one. */
const USERS = 40;
const TABLES = Object.keys(OWNER_COLUMN) as ProtectedTable[];

/** A change that would do nothing to a row. */
const HARMLESS: Readonly<Record<ProtectedTable, string>> = {
  users: 'created_at = created_at',
  tasks: 'title = title',
  feeds: 'since = since',
  trash: 'deleted_at = deleted_at',
  replies: 'status = status',
};

/** Rows of the owner, and of everybody else. */
interface Seen {
  readonly own: number;
  readonly foreign: number;
}

describeWith('citus', 'On every node of Citus, in the tables and in their shards', () => {
  let database: TestDatabase;
  let nodes: readonly CitusNode[];
  const users = Array.from({ length: USERS }, () => randomUUID());
  const [ada = '', bob = ''] = users;

  beforeAll(async () => {
    database = await TestDatabase.create();
    await fill(database, users);
    nodes = await nodesOf(database);
  });
  afterAll(() => database.drop());

  /** On each node, in a session of its own. @returns what it finds, by the name of the node */
  const onEachNode = async <Found>(
    work: (client: Client, node: CitusNode) => Promise<Found>,
  ): Promise<ReadonlyMap<string, Found>> => {
    const found = new Map<string, Found>();
    for (const node of nodes) {
      const client = await sessionOn(node);
      found.set(node.name, await work(client, node).finally(() => client.end()));
    }
    return found;
  };

  /** The table, and those of its shards that are there. */
  const relationsOf = ({ shards }: CitusNode): readonly (readonly [string, ProtectedTable])[] =>
    TABLES.flatMap((table) =>
      [table, ...(shards[table] ?? [])].map((relation) => [relation, table] as const),
    );

  it('has rows of several users in each shard of tasks', () => {
    const shards = nodes.flatMap(({ shards: { tasks = [] } }) => tasks);

    expect(nodes.length).toBeGreaterThan(2);
    expect(shards.length).toBeGreaterThan(1);
    expect(USERS).toBeGreaterThan(shards.length);
  });

  it('nobody sees a row without a scope', async () => {
    const seen = await onEachNode(async (client, node) => {
      const counts = [];
      for (const [relation] of relationsOf(node)) counts.push(await countIn(client, relation));
      return counts;
    });

    expect([...seen.values()].flat().filter((count) => count > 0)).toEqual([]);
    expect([...seen.values()].flat().length).toBeGreaterThan(nodes.length * TABLES.length);
  });

  /** What this user sees in each relation on each node. */
  const seenBy = async (user: string): Promise<readonly (readonly [string, Seen])[]> => {
    const seen = await onEachNode((client, node) =>
      inScope(client, user, async () => {
        const counts: [string, Seen][] = [];
        for (const [relation, table] of relationsOf(node)) {
          counts.push([relation, await seenIn(client, relation, { table, user })]);
        }
        return counts;
      }),
    );
    return [...seen.values()].flat();
  };

  it('a user sees the own rows alone', async () => {
    const all = await seenBy(ada);

    expect(all.filter(([, { foreign }]) => foreign > 0)).toEqual([]);
    for (const table of TABLES) {
      const throughTable = all.filter(([relation]) => relation === table);
      expect(throughTable.map(([, { own }]) => own > 0)).toEqual(nodes.map(() => true));
    }
    // Of a shard, those nodes alone that it is on.
    expect(
      all.filter(([relation, { own }]) => relation.startsWith('tasks_') && own > 0),
    ).toHaveLength(1);
  });

  it('a user changes and deletes nothing of another, who is named', async () => {
    const done = await onEachNode(async (client) => {
      const counts: number[] = [];
      for (const table of TABLES) {
        for (const sql of [`update ${table} set ${HARMLESS[table]}`, `delete from ${table}`]) {
          const { rowCount } = await inScope(client, ada, () =>
            client.query(`${sql} where ${OWNER_COLUMN[table]} = $1`, [bob]),
          );
          counts.push(rowCount ?? -1);
        }
      }
      return counts;
    });

    expect([...done.values()].flat()).toEqual(nodes.flatMap(() => TABLES.flatMap(() => [0, 0])));
  });

  it('a user puts in nothing for another: 42501', async () => {
    const states = await onEachNode((client) =>
      inScope(client, ada, () =>
        client.query(
          `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
           values ($1, $2, 'smuggled', false, 9000000000000000, now(), now())`,
          [bob, randomUUID()],
        ),
      ).then(
        () => 'done',
        (error: unknown) => sqlState(error),
      ),
    );

    expect([...states.values()]).toEqual(nodes.map(() => '42501'));
  });

  it('the scope of one user follows that of another in a transaction', async () => {
    const seen = await onEachNode((client) =>
      inScope(client, ada, async () => {
        const first = await seenIn(client, 'tasks', { table: 'tasks', user: ada });
        await client.query('select enter_scope($1::uuid)', [bob]);
        return [first, await seenIn(client, 'tasks', { table: 'tasks', user: bob })];
      }),
    );

    const alone = { own: 1, foreign: 0 };
    expect([...seen.values()]).toEqual(nodes.map(() => [alone, alone]));
  });

  it('nothing of the scope is left behind COMMIT, here or on a worker', async () => {
    const seen = await onEachNode(async (client, node) => {
      await inScope(client, ada, () => countIn(client, 'tasks'));
      const counts = [];
      for (const [relation] of relationsOf(node)) counts.push(await countIn(client, relation));
      return counts;
    });

    expect([...seen.values()].flat().filter((count) => count > 0)).toEqual([]);
  });

  it('a shard without row-level security would be found', async () => {
    const worker = nodes.find(({ shards: { tasks = [] } }) => tasks.length > 0);
    const [shard = ''] = worker?.shards['tasks'] ?? [];
    await withClient(worker?.settings ?? {}, async (client) => {
      await client.query('set citus.enable_ddl_propagation = off');
      await client.query(`alter table ${shard} disable row level security`);
    });

    const open = (await seenBy(ada)).filter(([, { foreign }]) => foreign > 0);

    expect(open.map(([relation]) => relation)).toContain(shard);
  });
});

/** Each user has a row in each table. */
async function fill(database: TestDatabase, users: readonly string[]): Promise<void> {
  const everybody = 'from unnest($1::uuid[]) as id';
  for (const sql of [
    `insert into users (id, created_at) select id, now() ${everybody}`,
    `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
     select id, gen_random_uuid(), 'of ' || id, false, 1, now(), now() ${everybody}`,
    `insert into feeds (user_id, last_change, since) select id, 1, 1 ${everybody}`,
    `insert into trash (user_id, id, version, deleted_at)
     select id, gen_random_uuid(), 1, now() ${everybody}`,
    `insert into replies (user_id, day, key, request, task_id, version, status)
     select id, 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 200 ${everybody}`,
  ]) {
    await database.query(sql, [users]);
  }
}

async function inScope<Result>(
  client: Client,
  user: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query('begin');
  try {
    await client.query('select enter_scope($1::uuid)', [user]);
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function countIn(client: Client, relation: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`select count(*)::int from ${relation}`);
  return rows[0]?.count ?? -1;
}

async function seenIn(
  client: Client,
  relation: string,
  { table, user }: { readonly table: ProtectedTable; readonly user: string },
): Promise<Seen> {
  const { rows } = await client.query<Seen & Record<string, number>>(
    `select count(*) filter (where ${OWNER_COLUMN[table]} = $1)::int as own,
       count(*) filter (where ${OWNER_COLUMN[table]} <> $1)::int as foreign
     from ${relation}`,
    [user],
  );
  return rows[0] ?? { own: -1, foreign: -1 };
}
