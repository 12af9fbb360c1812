import { type Client, escapeIdentifier } from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../../migrations';
import type { ConnectionSettings } from '../session/connection-settings';
import { nodeOfError, sqlState } from '../database-errors';
import { encodingFacts, encodingFindings } from './database-encoding';
import { requireNoObstacles } from '../finding';
import { isLockFailure, type Patience, untilUnlocked } from '../online-migrations/lock-patience';
import { MigrationError, takeMigrationLock } from './migration-lock';
import { appliedMigrations, hasHistory, prepareHistory } from './migration-history';
import { type Migration, migratorOptions } from './data-source-options';
import { openOwnerSession } from './owner-session';
import { schemaObstacles } from './schema-obstacles';
import { DEFAULT_SCHEMA } from '../session/search-path';

/** A right is missing. */
const NOT_PERMITTED = '42501';
/** A table, an object such as a constraint, or a function of that name is there already. */
const NAME_TAKEN: readonly string[] = ['42P07', '42710', '42723'];

/** A transaction that reads for minutes (an export, pg_dump) must not fail an upgrade. */
const LOCK_PATIENCE: Patience = { pauseMs: 1_000, totalMs: 5 * 60_000 };

/**
 * Brings the schema up to date as its owner, while servers serve from it. Processes may start at
 * once: the second waits for the first, and then finds nothing to do. The lock is held by a session
 * of its own, so the URL must reach the server directly, not through a pooler.
 * @param chosen those that may run, in order
 * @returns the names of the migrations that ran
 * @throws MigrationError
 * @throws DatabaseObstaclesError
 */
export async function migrate(
  owner: ConnectionSettings,
  chosen: readonly Migration[] = migrations,
  patience = LOCK_PATIENCE,
): Promise<readonly string[]> {
  const session = await openOwnerSession(owner, 'migrate');
  try {
    await takeMigrationLock(session);
    requireNoObstacles(encodingFindings(await encodingFacts(session)));
    const before = await appliedMigrations(session);
    // An earlier release may have run them all, and recorded them elsewhere.
    const isRecorded = before.length === 0 || (await hasHistory(session));
    if (!isRecorded || chosen.some(({ name }) => !before.includes(name))) {
      requireNoObstacles(await schemaObstacles(session, owner, before));
      await onEachNode(owner, async () => {
        await createSchema(session, owner);
        await prepareHistory(session);
        await runPending(session, owner, { chosen, patience });
      });
    }
    const after = await appliedMigrations(session);
    return after.filter((name) => !before.includes(name));
  } finally {
    await session.end();
  }
}

/** Where it exists, the login needs no right to create schemas. */
async function createSchema(
  session: Client,
  { schema = DEFAULT_SCHEMA }: ConnectionSettings,
): Promise<void> {
  const { rows } = await session.query('select from pg_namespace where nspname = $1', [schema]);
  if (rows.length === 0) await session.query(`create schema ${escapeIdentifier(schema)}`);
}

interface Run {
  readonly chosen: readonly Migration[];
  readonly patience: Patience;
}

/** Each migration commits by itself, so that what waited for a lock goes on where it stopped. */
async function runPending(
  session: Client,
  owner: ConnectionSettings,
  { chosen, patience }: Run,
): Promise<void> {
  const source = new DataSource(migratorOptions(owner, chosen));
  await source.initialize();
  try {
    await untilUnlocked(() => source.runMigrations({ transaction: 'each' }), patience);
  } catch (error) {
    if (isLockFailure(error)) throw await explainLockFailure(session, chosen, patience, error);
    if (NAME_TAKEN.includes(sqlState(error) ?? '')) {
      throw explainTakenName(await firstPending(session, chosen), error);
    }
    throw error;
  } finally {
    await source.destroy();
  }
}

async function firstPending(session: Client, chosen: readonly Migration[]): Promise<string> {
  const applied = await appliedMigrations(session);
  return chosen.find(({ name }) => !applied.includes(name))?.name ?? '';
}

/** Of a schema that is shared: schemaObstacles looks before the first migration. */
function explainTakenName(pending: string, cause: unknown): MigrationError {
  const reason = cause instanceof Error ? cause.message : '';
  return new MigrationError(
    `The migration ${pending} cannot make what it needs: ${reason}: it is not of this API; rename it, or drop it if nobody needs it, then start again`,
    { cause },
  );
}

/** @throws MigrationError where a worker of Citus refuses what the coordinator allows */
async function onEachNode(owner: ConnectionSettings, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const node = nodeOfError(error);
    if (node === undefined || sqlState(error) !== NOT_PERMITTED) throw error;
    const [database, user] = [owner.database ?? '', owner.user ?? ''].map(escapeIdentifier);
    throw new MigrationError(
      `${node} refuses what the coordinator allows: ${(error as Error).message}: give ${user} the same rights there, as a superuser of that node (alter database ${database} owner to ${user};), then start again`,
      { cause: error },
    );
  }
}

async function explainLockFailure(
  session: Client,
  chosen: readonly Migration[],
  { totalMs }: Patience,
  cause: unknown,
): Promise<MigrationError> {
  const pending = await firstPending(session, chosen);
  const { rows } = await session.query<{ described: string }>(
    `select format('%s (process %s, %s, open for %s s)',
       coalesce(nullif(application_name, ''), 'a session'), pid, usename,
       extract(epoch from clock_timestamp() - xact_start)::int) as described
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
     order by xact_start limit 3`,
  );
  const holders = rows.map(({ described }) => described).join(', ') || 'none is open any more';
  return new MigrationError(
    `The migration ${pending} could not lock its table within ${totalMs / 1_000} s; the oldest transactions: ${holders}: wait for them or end them (pg_terminate_backend), then start again`,
    { cause },
  );
}
