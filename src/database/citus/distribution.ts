import { escapeIdentifier, escapeLiteral } from 'pg';
import { narrowingPolicies, OWNER_COLUMN, type ProtectedTable } from '../isolation/isolation-plan';
import { HISTORY_TABLE } from '../schema/migration-history';

/** A table of the API, and where its rows are. */
export interface TablePlace {
  readonly name: string;
  readonly owner: string;
  readonly owned: boolean;
  /** `local`: on the coordinator alone. `other`: in a way that this program does not use. */
  readonly kind: 'local' | 'reference' | 'hash' | 'other';
  /** By which column it is distributed; null where it is not. */
  readonly column: string | null;
  /** Tables with equal numbers keep rows with the same value of their column on one node. */
  readonly colocation: number | null;
}

/** Whole on every node: all others refer to the accounts, and each node needs to know its schema. */
const REFERENCE_TABLES = [HISTORY_TABLE, 'users'];
/** By user, so that all rows of a user are on one node. The others are co-located with the first. */
const DISTRIBUTED_TABLES = Object.entries(OWNER_COLUMN)
  .filter(([name]) => !REFERENCE_TABLES.includes(name))
  .map(([name, column]) => ({ name, column }));

/** Those that are distributed, in the order in which they have to be. */
export const TABLES: readonly string[] = [
  ...REFERENCE_TABLES,
  ...DISTRIBUTED_TABLES.map(({ name }) => name),
];

/** Enough for 32 workers; each shard is a table of its own, on one of them. */
export const DEFAULT_SHARDS = 32;

const PLAIN = { schema: '', isDistributed: false };

/** Whether a table is distributed as this program needs it. */
export function isInPlace(table: TablePlace, tables: readonly TablePlace[]): boolean {
  if (REFERENCE_TABLES.includes(table.name)) return table.kind === 'reference';
  const column = DISTRIBUTED_TABLES.find(({ name }) => name === table.name)?.column;
  const [leader] = tables.filter(({ kind }) => kind === 'hash');
  return (
    table.kind === 'hash' && table.column === column && table.colocation === leader?.colocation
  );
}

/**
 * SQL that distributes the remaining tables, with all of their rows; empty if there are none.
 * Row-level security is forced upon the owner too, so COPY, by which Citus moves rows, would be
 * refused. One transaction, which locks the tables, takes it off and restores it: no other session
 * sees it missing, and a failure changes nothing.
 */
export function distributionSql(
  tables: readonly TablePlace[],
  shards: number = DEFAULT_SHARDS,
): readonly string[] {
  const missing = tables.filter(({ kind }) => kind === 'local').map(({ name }) => name);
  if (missing.length === 0) return [];
  const confined = Object.keys(OWNER_COLUMN) as ProtectedTable[];
  return [
    'begin',
    // Otherwise a statement on all shards uses many connections, and those after it cannot see its work.
    `set local citus.multi_shard_modify_mode = 'sequential'`,
    ...confined.map((name) => `alter table ${escapeIdentifier(name)} no force row level security`),
    // On the shards they would be permissive.
    ...confined.flatMap((name) =>
      narrowingPolicies(name, PLAIN).map(
        (policy) => `drop policy if exists ${policy.name} on ${escapeIdentifier(name)}`,
      ),
    ),
    ...REFERENCE_TABLES.filter((name) => missing.includes(name)).map(
      (name) => `select create_reference_table(${escapeLiteral(name)})`,
    ),
    ...distributedSql(tables, missing, shards),
    ...confined.map((name) => `alter table ${escapeIdentifier(name)} force row level security`),
    // Citus leaves a copy of the rows on the coordinator.
    ...missing
      .toReversed()
      .map((name) => `select truncate_local_data_after_distributing_table(${escapeLiteral(name)})`),
    'commit',
  ];
}

function distributedSql(
  tables: readonly TablePlace[],
  missing: readonly string[],
  shards: number,
): readonly string[] {
  let leader = tables.find(({ kind }) => kind === 'hash')?.name;
  return DISTRIBUTED_TABLES.filter(({ name }) => missing.includes(name)).map(({ name, column }) => {
    const place =
      leader === undefined
        ? `shard_count => ${shards}, colocate_with => 'none'`
        : `colocate_with => ${escapeLiteral(leader)}`;
    leader ??= name;
    return `select create_distributed_table(${escapeLiteral(name)}, ${escapeLiteral(column)}, ${place})`;
  });
}
