import type { Client } from 'pg';

/** The limits of the login that serves requests. */
export interface SessionRoom {
  /** As SQL writes it. */
  readonly login: string;
  /** As SQL writes it. */
  readonly database: string;
  readonly maxConnections: number;
  /** Kept for superusers, and from PostgreSQL 16 on for members of pg_use_reserved_connections. */
  readonly reserved: number;
  /** Sessions of other logins, in any database. */
  readonly others: number;
  /** `connection limit` of the login and of the database; null without one. */
  readonly ofLogin: number | null;
  readonly ofDatabase: number | null;
}

const ROOM = `
  select
    quote_ident(session_user) as login,
    quote_ident(current_database()) as database,
    current_setting('max_connections')::int as "maxConnections",
    current_setting('superuser_reserved_connections')::int
      + coalesce(current_setting('reserved_connections', true)::int, 0) as reserved,
    (
      select count(*)::int
      from pg_catalog.pg_stat_activity
      where datid is not null and usename <> session_user
    ) as others,
    (
      select nullif(rolconnlimit, -1)
      from pg_catalog.pg_roles
      where rolname = session_user
    ) as "ofLogin",
    (
      select nullif(datconnlimit, -1)
      from pg_catalog.pg_database
      where datname = current_database()
    ) as "ofDatabase"`;

export async function readSessionRoom(client: Client): Promise<SessionRoom> {
  const [room] = (await client.query<SessionRoom>(ROOM)).rows;
  if (room === undefined) throw new Error('A select without a table returned no row');
  return room;
}
