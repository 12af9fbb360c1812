import type { Client } from 'pg';
import { migrations } from '../../../migrations';

/**
 * The table in which TypeORM records the migrations that have run. Its name is the API's own:
 * every TypeORM application that sets none uses `migrations`, and several may share a schema.
 */
export const HISTORY_TABLE = 'task_api_migrations';
/** Of releases before HISTORY_TABLE. It may also be another application's, or both at once. */
export const FORMER_HISTORY_TABLE = 'migrations';

/** The names of the migrations that this program knows, in order. */
export const KNOWN_MIGRATIONS: readonly string[] = migrations.map(({ name }) => name);

/** The names of those that have made the schema, in order; none where nothing has. */
export async function appliedMigrations(session: Client): Promise<readonly string[]> {
  if (await canRead(session, HISTORY_TABLE)) {
    const { rows } = await session.query<{ name: string }>(
      `select name from ${HISTORY_TABLE} order by id`,
    );
    return rows.map(({ name }) => name);
  }
  return (await formerRows(session)).map(({ name }) => name);
}

/** Whether this release, or a later one, keeps its history here. */
export function hasHistory(session: Client): Promise<boolean> {
  return exists(session, HISTORY_TABLE);
}

/**
 * Creates the table where it is missing, with what an earlier release has recorded elsewhere. That
 * table stays as it is: servers of the earlier release still read it, and one that is started again
 * must not find its migrations gone.
 */
export async function prepareHistory(session: Client): Promise<void> {
  if (await hasHistory(session)) return;
  const former = await formerRows(session);
  await session.query('begin');
  try {
    await session.query(`
      create table ${HISTORY_TABLE} (
        id        serial  not null,
        timestamp bigint  not null,
        name      varchar not null,
        constraint pk_${HISTORY_TABLE} primary key (id)
      )`);
    for (const { timestamp, name } of former) {
      await session.query(`insert into ${HISTORY_TABLE} (timestamp, name) values ($1, $2)`, [
        timestamp,
        name,
      ]);
    }
    // On a new database the role does not exist yet; a migration of its own grants the same.
    if (former.length > 0) await session.query(`grant select on ${HISTORY_TABLE} to task_api`);
    await session.query('commit');
  } catch (error) {
    await session.query('rollback');
    throw error;
  }
}

interface HistoryRow {
  readonly timestamp: string;
  readonly name: string;
}

/** What is the API's in the former table: other applications' migrations are not. */
async function formerRows(session: Client): Promise<readonly HistoryRow[]> {
  if (!(await canRead(session, FORMER_HISTORY_TABLE))) return [];
  const { rows: columns } = await session.query(
    `select from pg_attribute
     where attrelid = $1::regclass and attname in ('id', 'timestamp', 'name') and not attisdropped`,
    [FORMER_HISTORY_TABLE],
  );
  if (columns.length < 3) return [];
  const { rows } = await session.query<HistoryRow>(
    `select timestamp, name from ${FORMER_HISTORY_TABLE} where name::text = any($1) order by id`,
    [KNOWN_MIGRATIONS],
  );
  return rows;
}

async function exists(session: Client, table: string): Promise<boolean> {
  const { rows } = await session.query<{ exists: boolean }>(
    'select to_regclass($1) is not null as exists',
    [table],
  );
  return rows[0]?.exists === true;
}

async function canRead(session: Client, table: string): Promise<boolean> {
  const { rows } = await session.query<{ readable: boolean | null }>(
    `select has_table_privilege(to_regclass($1), 'select') as readable`,
    [table],
  );
  return rows[0]?.readable === true;
}
