import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  EmbeddedPostgresProcesses,
  commandLine,
  query,
  serverPid,
  until,
} from '../support/processes/embedded-postgres-processes';

const processes = new EmbeddedPostgresProcesses();
afterEach(() => processes.cleanUp());
afterAll(() => processes.close());

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('the first start', () => {
  it('makes a durable database that only its own socket reaches', async () => {
    const holder = processes.hold(processes.dataDir(), { parameters: {} });
    const { endpoint, outcome } = await holder.started();
    expect(outcome).toBe('created');
    expect(endpoint.description).toMatch(/^embedded PostgreSQL 18\.\d+ in \/.+\/cluster$/);

    const names = [
      'fsync',
      'listen_addresses',
      'TimeZone',
      'jit',
      'data_checksums',
      'max_connections',
    ];
    const settings = await query<{ name: string; setting: string }>(
      endpoint.owner,
      `select name, setting from pg_settings where name = any ('{${names.join()}}')`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      listen_addresses: '',
      TimeZone: 'UTC',
      jit: 'off',
      data_checksums: 'on',
      max_connections: '50',
    });
    expect(
      await query(
        endpoint.api,
        `select 'Ärger' ilike 'ä%' as folded, getdatabaseencoding() as encoding,
                current_user::text as role, current_database()::text as database`,
      ),
    ).toEqual([{ folded: true, encoding: 'UTF8', role: 'task_api', database: 'task_api' }]);
  });

  it('gives the API a role without any privilege of its own', async () => {
    const { endpoint } = await processes.hold(await processes.usedDataDir()).started();
    expect(
      await query(
        endpoint.owner,
        `select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolcanlogin
         from pg_roles where rolname = 'task_api'`,
      ),
    ).toEqual([
      {
        rolsuper: false,
        rolbypassrls: false,
        rolcreatedb: false,
        rolcreaterole: false,
        rolreplication: false,
        rolcanlogin: true,
      },
    ]);
    await expect(query({ ...endpoint.api, password: 'guessed' }, 'select 1')).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('keeps everything from other users, and its passwords out of logs and command lines', async () => {
    const dataDir = processes.dataDir();
    const { endpoint, location } = await processes
      .hold(dataDir, { parameters: { log_statement: 'all' } })
      .started();
    const home = join(dataDir, 'postgres');
    expect([dataDir, home, location, String(endpoint.api.host)].map(mode)).toEqual(
      Array(4).fill('700'),
    );
    expect([join(home, 'credentials.json'), join(dataDir, 'postgres.log')].map(mode)).toEqual(
      Array(2).fill('600'),
    );
    expect(readdirSync(home).sort()).toEqual(['cluster', 'credentials.json']);

    const log = readFileSync(join(dataDir, 'postgres.log'), 'utf8');
    for (const { password } of [endpoint.api, endpoint.owner]) {
      expect(String(password)).toMatch(/^[\w-]{32}$/);
      expect(log).not.toContain(password);
      expect(commandLine(serverPid(location))).not.toContain(password);
    }
  });

  it('leaves nothing half-made when it is killed, and the next one begins anew', async () => {
    const dataDir = processes.dataDir();
    const staged = () =>
      existsSync(dataDir) ? readdirSync(dataDir).filter((name) => name.includes('.init-')) : [];
    const killed = processes.hold(dataDir);
    await until(() =>
      staged().some((name) => existsSync(join(dataDir, name, 'cluster', 'PG_VERSION'))),
    );
    await killed.kill();
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);

    const { outcome } = await processes.hold(dataDir).started();
    expect(outcome).toBe('created');
    expect(existsSync(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'))).toBe(true);
  });

  it('is completed by the next one when it was killed before role and database existed', async () => {
    const dataDir = await processes.usedDataDir();
    const first = processes.hold(dataDir);
    const { endpoint } = await first.started();
    const elsewhere = { ...endpoint.owner, database: 'postgres' };
    await query(elsewhere, 'drop database task_api');
    await query(elsewhere, 'drop role task_api');
    await first.kill();

    const { endpoint: second } = await processes.hold(dataDir).started();
    expect(await query(second.api, 'select 1 as answer')).toEqual([{ answer: 1 }]);
  });
});
