import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { ConnectionSettings } from '../../database/session/connection-settings';
import { openOwnerSession } from '../../database/schema/owner-session';
import {
  appliedMigrations,
  FORMER_HISTORY_TABLE,
  HISTORY_TABLE,
} from '../../database/schema/migration-history';
import { TABLES_OF_A_TIMELINE } from '../../database/schema/resync';
import { type BackupTable, BackupWriter } from './backup-format';

/** Restoring a backup runs the migrations again, and begins a new life of the database. */
const LEFT_OUT: readonly string[] = [HISTORY_TABLE, FORMER_HISTORY_TABLE, ...TABLES_OF_A_TIMELINE];

export interface DumpEvents {
  /** @param rows that will be written */
  readonly begins: (rows: number) => void;
  /** @param rows that have been written */
  readonly advances: (rows: number) => void;
}

/**
 * The text of a backup: a snapshot of every other table of the schema, while others continue to
 * read and write. None of them is named here, so none is forgotten.
 * @param owner a superuser: row-level security binds everybody else
 * @throws the driver's error
 */
export async function* dump(
  owner: ConnectionSettings,
  { begins, advances }: DumpEvents,
): AsyncGenerator<Buffer> {
  const client = await openOwnerSession(owner, 'backup', { options: SESSION_OPTIONS });
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    const writer = new BackupWriter();
    const tables = await tablesOf(client);
    begins(await rowsIn(client, tables));
    yield writer.head({
      created_at: new Date().toISOString(),
      postgresql: await versionOf(client),
      migrations: await appliedMigrations(client),
    });
    for (const table of tables) {
      yield writer.table(table);
      const list = table.columns.map((column) => `"${column}"`).join(', ');
      const stream = client.query(copyTo(`copy "${table.name}" (${list}) to stdout`));
      for await (const text of stream as AsyncIterable<Buffer>) {
        yield writer.rows(table.name, text);
        advances(writer.count);
      }
      yield writer.tableEnd();
    }
    await client.query('commit');
    yield writer.seal();
  } finally {
    await client.end();
  }
}

/** Texts of times and numbers must not depend on how this server is set up. */
const SESSION_OPTIONS =
  '-c TimeZone=UTC -c DateStyle=ISO -c extra_float_digits=3 -c statement_timeout=0';

/** Referenced tables come first, so that a restore satisfies every foreign key. */
async function tablesOf(client: Client): Promise<readonly BackupTable[]> {
  const { rows } = await client.query<BackupTable>(
    `with recursive tables as (
       select oid, relname::text as name from pg_class
       where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname <> all($1)
     ), depths as (
       select oid, 0 as depth from tables
       union
       select conrelid, depth + 1 from pg_constraint join depths on confrelid = depths.oid
       where contype = 'f' and conrelid <> confrelid and depth < (select count(*) from tables)
     )
     select name, array(
         select attname::text from pg_attribute
         where attrelid = oid and attnum > 0 and not attisdropped and attgenerated = ''
         order by attnum) as columns
     from tables join (select oid, max(depth) as depth from depths group by oid) d using (oid)
     order by depth, name`,
    [LEFT_OUT],
  );
  return rows;
}

async function rowsIn(client: Client, tables: readonly BackupTable[]): Promise<number> {
  const counts = tables.map(({ name }) => `(select count(*) from "${name}")`);
  const { rows } = await client.query<{ count: string }>(`select ${counts.join(' + ')} as count`);
  return Number(rows[0]?.count);
}

async function versionOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  return rows[0]?.server_version ?? '';
}
