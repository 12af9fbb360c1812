import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SESSION_SETTINGS } from '../../src/database/session/database-session';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { query } from '../support/processes/embedded-postgres-processes';
import { WireProxy } from '../support/wire/wire-proxy';

describe('the logins of ops/postgres/roles.sql', () => {
  let home: ServerHome;
  let postgres: EmbeddedPostgres;
  /** A port, which the socket of the embedded PostgreSQL lacks. */
  let door: WireProxy;
  let server: BuiltServer;

  beforeAll(async () => {
    home = await ServerHome.empty();
    const parameters = { fsync: 'off' };
    postgres = await startEmbeddedPostgres({ dataDir: home.dataDir, parameters });
    door = await WireProxy.start(postgres.endpoint.owner);
    await createRoles();
    server = await home.start({
      DATABASE_URL: urlOf('task_api_login', 'api-password'),
      DATABASE_OWNER_URL: urlOf('task_api_owner', 'owner-password'),
    });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await door.stop();
    await postgres.stop();
    await home.remove();
  });

  const urlOf = (login: string, password: string): string =>
    `postgresql://${login}:${password}@127.0.0.1:${door.port}/tasks`;

  const administer = (database: string, sql: string): Promise<object[]> =>
    query({ ...postgres.endpoint.owner, database }, sql);

  /** With what psql puts in, by an administrator of managed PostgreSQL, who is no superuser. */
  async function createRoles(): Promise<void> {
    await administer('postgres', 'drop database if exists task_api');
    await administer('postgres', 'drop role if exists task_api');
    await administer('postgres', 'create role administrator createrole createdb');
    await administer('postgres', 'create database tasks owner administrator');
    const variables: Readonly<Record<string, string>> = {
      "'owner_password'": "'owner-password'",
      "'api_password'": "'api-password'",
      '"DBNAME"': '"tasks"',
    };
    const sql = readFileSync('ops/postgres/roles.sql', 'utf8').replaceAll(
      /:('\w+'|"\w+")/g,
      (_, name: string) => variables[name] ?? '',
    );
    await administer('tasks', `set session authorization administrator; ${sql}`);
  }

  it('migrate and serve', async () => {
    const created = await server.fetch('/api/me/tasks', {
      method: 'POST',
      body: { title: 'From a login without powers' },
    });

    expect(created.status).toBe(201);
  });

  it('have no power where they serve: all lies with the other one', async () => {
    const login = {
      host: '127.0.0.1',
      port: door.port,
      user: 'task_api_login',
      password: 'api-password',
      database: 'tasks',
    };
    const [powers = {}] = await query(
      login,
      `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
              pg_has_role('task_api_owner', 'member') as owns,
              has_schema_privilege('public', 'create') as creates
       from pg_roles where rolname = current_user`,
    );
    expect(Object.values(powers)).toEqual(Array(6).fill(false));

    const [{ rolconfig } = { rolconfig: [] }] = await query<{ rolconfig: string[] }>(
      login,
      'select rolconfig from pg_roles where rolname = current_user',
    );
    const { role: _role, ...expected } = { ...SESSION_SETTINGS, search_path: 'public, pg_temp' };
    expect(rolconfig.toSorted()).toEqual(
      Object.entries(expected)
        .map(([name, value]) => `${name}=${value}`)
        .toSorted(),
    );
  });
});
