import { describe, expect, it } from '@jest/globals';
import {
  distributionSql,
  isInPlace,
  type TablePlace,
  TABLES,
} from '../../../../src/database/citus/distribution';
import { OWNER_COLUMN } from '../../../../src/database/isolation/isolation-plan';

const LOCAL = {
  owner: 'owner',
  owned: true,
  kind: 'local',
  column: null,
  colocation: null,
} as const;
const REFERENCE = { ...LOCAL, kind: 'reference', colocation: 1 } as const;
const BY_USER = { ...LOCAL, kind: 'hash', column: 'user_id', colocation: 2 } as const;

const local: readonly TablePlace[] = TABLES.map((name) => ({ ...LOCAL, name }));
const distributed: readonly TablePlace[] = TABLES.map((name) => ({
  ...(name === 'users' || name === 'task_api_migrations' ? REFERENCE : BY_USER),
  name,
}));

const without = (name: string): TablePlace[] =>
  distributed.map((table) => (table.name === name ? { ...LOCAL, name } : table));

describe('The SQL that distributes', () => {
  it('is one transaction, which makes the reference tables first and keeps a user together', () => {
    const sql = distributionSql(local);
    expect([sql.at(0), sql.at(-1)]).toEqual(['begin', 'commit']);
    expect(sql.filter((statement) => statement.startsWith('select create_'))).toEqual([
      `select create_reference_table('task_api_migrations')`,
      `select create_reference_table('users')`,
      `select create_distributed_table('tasks', 'user_id', shard_count => 32, colocate_with => 'none')`,
      `select create_distributed_table('feeds', 'user_id', colocate_with => 'tasks')`,
      `select create_distributed_table('trash', 'user_id', colocate_with => 'tasks')`,
      `select create_distributed_table('replies', 'user_id', colocate_with => 'tasks')`,
    ]);
  });

  it('names every protected table, and makes as many shards as were asked for', () => {
    expect(TABLES).toEqual(expect.arrayContaining(Object.keys(OWNER_COLUMN)));
    expect(distributionSql(local, 8).join()).toContain('shard_count => 8');
  });

  it('puts row-level security back on each table from which it took it, before it commits', () => {
    const sql = distributionSql(local);
    const places = (action: string): string[] =>
      sql.flatMap((statement) => {
        const match = new RegExp(`^alter table "(\\w+)" ${action} row level security$`).exec(
          statement,
        );
        return match?.[1] ?? [];
      });
    expect(places('no force')).toEqual(Object.keys(OWNER_COLUMN));
    expect(places('force')).toEqual(Object.keys(OWNER_COLUMN));
  });

  it('drops the restrictive policies before, which the shards would have as permissive ones', () => {
    const sql = distributionSql(local);
    const dropped = sql.filter((statement) => statement.startsWith('drop policy'));
    expect(dropped).toEqual(
      ['insert', 'update', 'delete'].map(
        (command) => `drop policy if exists numbered_${command}_1795868000003 on "tasks"`,
      ),
    );
    const places = (word: string): number[] =>
      sql.flatMap((statement, n) => (statement.startsWith(word) ? [n] : []));
    expect(Math.max(...places('drop policy'))).toBeLessThan(Math.min(...places('select create_')));
  });

  it('does what is missing, beside the tables that are distributed', () => {
    expect(distributionSql(distributed)).toEqual([]);
    expect(distributionSql(without('trash')).filter((sql) => sql.includes('create_'))).toEqual([
      `select create_distributed_table('trash', 'user_id', colocate_with => 'tasks')`,
    ]);
  });
});

it('A table is in place only in its kind, by its column, and beside the others', () => {
  const place = (table: Partial<TablePlace> & { name: string }): boolean =>
    isInPlace({ ...BY_USER, ...table }, distributed);
  expect(distributed.map((table) => isInPlace(table, distributed))).not.toContain(false);
  expect([
    place({ name: 'tasks', column: 'id' }),
    place({ name: 'feeds', colocation: 3 }),
    place({ name: 'trash', kind: 'reference' }),
    place({ name: 'users', column: 'id' }),
    place({ name: 'replies', kind: 'other' }),
  ]).toEqual([false, false, false, false, false]);
});
