import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { analyze, openOwnerSession } from '../../database/schema/owner-session';
import type { ConnectionSettings } from '../../database/session/connection-settings';
import { migrations as knownMigrations } from '../../../migrations';
import { migrate } from '../../database/schema/migrate';
import { KNOWN_MIGRATIONS } from '../../database/schema/migration-history';
import { beginNewTimeline } from '../../database/schema/resync';
import { type BackupSummary, readBackup } from './backup-file';
import { BackupError, type BackupPart, type BackupSeal, type BackupTable } from './backup-format';

/**
 * Fills an empty database with a backup: makes the schema of its time, then brings in all rows in
 * one transaction, and counts them.
 * @param owner a superuser: row-level security binds everybody else
 * @throws BackupError if the database then differs from the backup
 */
export async function loadBackup(
  path: string,
  { migrations, rows }: BackupSummary,
  owner: ConnectionSettings,
  advances: (rows: number) => void,
): Promise<void> {
  const unknown = migrations.filter((name) => !KNOWN_MIGRATIONS.includes(name));
  if (unknown.length > 0) {
    throw new BackupError(
      `${path} was written by a newer release, which knows the migration ${unknown.join(', ')}: restore it with that one`,
    );
  }
  await migrate(
    owner,
    knownMigrations.filter(({ name }) => migrations.includes(name)),
  );
  const client = await openOwnerSession(owner, 'restore');
  try {
    await client.query('begin');
    await copyRows(client, path, advances);
    await requireRows(client, path, rows);
    await beginNewTimeline(client);
    await client.query('commit');
  } finally {
    await client.end();
  }
  await analyze(owner);
}

async function copyRows(
  client: Client,
  path: string,
  advances: (rows: number) => void,
): Promise<void> {
  const parts = readBackup(path);
  let rows = 0;
  try {
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
      if (next.value.kind !== 'table') continue;
      const text = rowsOfTable(parts, (count) => advances((rows += count)));
      await pipeline(text, client.query(copyFrom(statementOf(next.value.table))));
    }
  } finally {
    await parts.return(undefined);
  }
}

/** Leaves the rest to its caller, unlike `for await`, which would close it. */
async function* rowsOfTable(
  parts: AsyncGenerator<BackupPart>,
  advances: (count: number) => void,
): AsyncGenerator<Buffer> {
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    if (next.value.kind !== 'rows') return;
    yield next.value.text;
    advances(next.value.count);
  }
}

function statementOf({ name, columns }: BackupTable): string {
  return `copy "${name}" (${columns.map((column) => `"${column}"`).join(', ')}) from stdin`;
}

async function requireRows(
  client: Client,
  path: string,
  expected: BackupSeal['rows'],
): Promise<void> {
  for (const [table, count] of Object.entries(expected)) {
    const { rows } = await client.query<{ count: string }>(`select count(*) from "${table}"`);
    if (Number(rows[0]?.count) === count) continue;
    throw new BackupError(`${path}: ${table} has ${rows[0]?.count ?? 0} rows instead of ${count}`);
  }
}
