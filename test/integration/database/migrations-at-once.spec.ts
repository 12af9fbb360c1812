import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { migrations } from '../../../migrations';
import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/embedded-postgres/embedded-postgres';
import { migrate } from '../../../src/database/schema/migrate';
import { explainStartFailure } from '../../../src/server/start-failure';
import { LARGE_PROOFS } from '../../support/large-proofs';
import { copyPreparedDataDir } from '../../support/processes/prepared-data-dir';

const SUPPORT = join(__dirname, '..', '..', 'support');
const NAMES = migrations.map(({ name }) => name);
const PASSWORD = 'dba';
const ROUNDS = LARGE_PROOFS ? 3 : 1;

/** Roles belong to the cluster, so a test that makes and drops them has one of its own. */
describe('Migrations of a cluster', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let administrator: Client;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'task-api-roles-'));
    const dataDir = join(directory, 'data');
    copyPreparedDataDir(dataDir);
    postgres = await startEmbeddedPostgres({ dataDir, parameters: { fsync: 'off' } });
    administrator = new Client({ ...postgres.endpoint.owner, database: 'postgres' });
    await administrator.connect();
    // What the embedded start has made would be in the way.
    await administrator.query('drop database task_api');
    await administrator.query('drop role task_api');
  });
  afterAll(async () => {
    await administrator.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** New databases of a login's own. */
  const newDatabases = async (count: number, user = 'postgres'): Promise<ConnectionSettings[]> => {
    const { owner } = postgres.endpoint;
    const login = user === 'postgres' ? owner : { ...owner, user, password: PASSWORD };
    const names = Array.from({ length: count }, (_, n) => `d${n}`);
    for (const name of names) await administrator.query(`create database ${name} owner ${user}`);
    return names.map((database) => ({ ...login, database }));
  };
  const dropAll = async (databases: readonly ConnectionSettings[]): Promise<void> => {
    for (const { database } of databases) {
      await administrator.query(`drop database ${String(database)} with (force)`);
    }
    await administrator.query('drop role if exists task_api');
  };

  it('run once where two processes start at once', async () => {
    const [database] = await newDatabases(1);
    const migrateInProcess = async (): Promise<unknown> => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...['-r', join(SUPPORT, 'typescript-hook.cjs')],
        join(SUPPORT, 'database', 'migrate-process.ts'),
        JSON.stringify(database),
      ]);
      return JSON.parse(stdout);
    };

    const ran = await Promise.all([migrateInProcess(), migrateInProcess()]);

    expect(ran).toEqual(expect.arrayContaining([NAMES, []]));
    await dropAll(database ? [database] : []);
  });

  describe.each([
    ['a superuser', 'superuser'],
    ['a login that may create roles', 'createrole'],
  ])('by %s', (_, attribute) => {
    it('make the role once where many databases start at once', async () => {
      await administrator.query(`create role dba login password '${PASSWORD}' ${attribute}`);
      for (let round = 0; round < ROUNDS; round += 1) {
        const databases = await newDatabases(6, 'dba');

        const ran = await Promise.all(databases.map((database) => migrate(database)));

        expect(ran).toEqual(databases.map(() => NAMES));
        const { rows } = await administrator.query(
          `select pg_has_role('dba', 'task_api', 'set') as set, rolbypassrls or rolsuper as powerful
           from pg_roles where rolname = 'task_api'`,
        );
        expect(rows).toEqual([{ set: true, powerful: false }]);
        await dropAll(databases);
      }
      await administrator.query('drop role dba');
    });
  });

  it('tell a login that may not create the role what to run', async () => {
    await administrator.query(`create role dba login password '${PASSWORD}'`);
    const databases = await newDatabases(1, 'dba');
    const migrateAll = () => Promise.all(databases.map((database) => migrate(database)));

    const failure = await migrateAll().catch((error: unknown) => error);

    const advice = 'create role task_api nologin; grant task_api to dba;';
    const { message } = explainStartFailure(failure);
    expect(message).toContain('the login dba may not create the role task_api');
    expect(message).toContain(advice);

    await administrator.query(advice);
    expect(await migrateAll()).toEqual([NAMES]);
    await dropAll(databases);
    await administrator.query('drop role dba');
  });
});
