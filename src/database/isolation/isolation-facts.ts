import type { Client } from 'pg';
import type { NamesSchema } from '../session/search-path';
import { knownTables } from './known-tables';
import { laterMigrations } from './later-migrations';
import { readSessionFacts, type SessionFacts } from './session-facts';
import { areDistributed, readTableFacts, type TablesFacts } from './table-facts';

/** What PostgreSQL's catalogue says about a session and the tables that it may reach. */
export type IsolationFacts = SessionFacts & TablesFacts;

/**
 * Reads the catalogue alone, inside a transaction of the caller: its `search_path` is narrowed
 * there, because what PostgreSQL prints depends on it.
 * @returns undefined where the migrations have not run
 */
export async function isolationFacts(
  client: Client,
  at: NamesSchema,
): Promise<IsolationFacts | undefined> {
  const tables = await knownTables(client, at);
  if (tables === undefined) return undefined;
  const later = await laterMigrations(client, tables);
  const session = await readSessionFacts(client, tables, later);
  await client.query('set local search_path = pg_catalog, pg_temp');
  const isDistributed = await areDistributed(client, tables);
  // On a distributed table no policy narrows, no matter who made it.
  const accepted = isDistributed ? [] : later;
  return { ...session, ...(await readTableFacts(client, tables, accepted)), isDistributed };
}
