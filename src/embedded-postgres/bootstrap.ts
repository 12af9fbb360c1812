import type { Client } from 'pg';

export const OWNER_ROLE = 'postgres';
export const API_ROLE = 'task_api';
export const API_DATABASE = 'task_api';
/** Exists in every cluster and holds nothing; sessions that concern the whole cluster go there. */
export const MAINTENANCE_DATABASE = 'postgres';

/**
 * Creates the role that serves requests and the database, before the first migration. Each start
 * runs it, so the next start completes an interrupted one.
 */
export async function bootstrap(session: Client, apiPassword: string): Promise<void> {
  const { rows } = await session.query<{ role: boolean; database: boolean }>(
    `select exists (select from pg_roles where rolname = $1) as role,
            exists (select from pg_database where datname = $2) as database`,
    [API_ROLE, API_DATABASE],
  );
  if (rows[0]?.role !== true) {
    await session.query(
      `create role ${API_ROLE} login password ${session.escapeLiteral(apiPassword)}
         nosuperuser nobypassrls nocreatedb nocreaterole noreplication`,
    );
  }
  if (rows[0]?.database !== true) await session.query(`create database ${API_DATABASE}`);
}
