import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrations } from '../../../../migrations';
import { sqlState } from '../../../../src/database/database-errors';
import { migrate } from '../../../../src/database/schema/migrate';
import { migratorOptions } from '../../../../src/database/schema/data-source-options';
import { explainStartFailure } from '../../../../src/server/start-failure';
import { EarlierServers } from '../../../support/database/earlier-servers';
import { LongReader } from '../../../support/database/long-reader';
import { LARGE_PROOFS } from '../../../support/large-proofs';
import { TestDatabase } from '../../../support/database/test-database';

/** With what the first release made; its migrations ran before there was anybody to disturb. */
const OF_THE_FIRST_RELEASE = 5;

/** Tasks that are there; the longest wait of a writer is reported, since it depends on the machine. */
const TASKS = LARGE_PROOFS ? 1_000_000 : 1_000;

class AddColour9000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tasks add column colour text');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tasks drop column colour');
  }
}

describe('migrate', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await TestDatabase.create();
  });
  afterEach(() => database.drop());

  const owner = () => database.endpoint.owner;
  const impatiently = { pauseMs: 50, totalMs: 60_000 };

  const backToTheFirstRelease = async (): Promise<readonly string[]> => {
    const source = await new DataSource(migratorOptions(owner())).initialize();
    const later = migrations.slice(OF_THE_FIRST_RELEASE);
    for (let left = later.length; left > 0; left -= 1) await source.undoLastMigration();
    await source.destroy();
    return later.map(({ name }) => name);
  };

  const fill = async (): Promise<void> => {
    await database.query(
      `insert into users (id, created_at)
         select md5(n::text)::uuid, now() from generate_series(0, 99) n`,
    );
    await database.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
         select md5((n % 100)::text)::uuid, gen_random_uuid(), 'task ' || n, n % 2 = 0, 1, now(), now()
         from generate_series(1, $1) n`,
      [TASKS],
    );
  };

  it('runs each migration while earlier servers serve and long transactions read', async () => {
    const later = await backToTheFirstRelease();
    await fill();
    const servers = await EarlierServers.on(database, 2);
    const reader = await LongReader.on(database);

    const migrating = migrate(owner(), [...migrations, AddColour9000000000001], impatiently);
    await reader.outlasts(3);
    await reader.end();

    expect(await migrating).toEqual([...later, 'AddColour9000000000001']);
    await servers.end();
    // Tasks are written by numbers from some migration on; to write none is not to lose one.
    const READ_ONLY = '25006';
    expect(servers.failures.filter((error) => sqlState(error) !== READ_ONLY)).toEqual([]);
    expect(servers.statements).toBeGreaterThan(100);
    if (LARGE_PROOFS) {
      process.stderr.write(
        `Migrations of ${TASKS} tasks: the longest of ${servers.statements} statements of two writers` +
          ` took ${servers.longestWaitMs.toFixed(0)} ms\n`,
      );
    }
  }, 600_000);

  it('says who keeps a lock, once it has waited for long enough', async () => {
    const reader = await LongReader.on(database);

    const failure: unknown = await migrate(owner(), [AddColour9000000000001], {
      pauseMs: 10,
      totalMs: 1_000,
    }).catch((error: unknown) => error);
    await reader.end();

    expect(explainStartFailure(failure)).toEqual({
      message: expect.stringMatching(
        /^The migration AddColour9000000000001 could not lock its table within 1 s; the oldest transactions: a long reader \(process \d+, \w+, open for \d+ s\): /,
      ),
      exitCode: 69,
    });
    expect(await migrate(owner(), [AddColour9000000000001])).toEqual(['AddColour9000000000001']);
  });

  it('says what to do about a name that another application has taken', async () => {
    class CreateLists9000000000003 implements MigrationInterface {
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('create table lists (id uuid primary key)');
      }
      down(): Promise<void> {
        return Promise.resolve();
      }
    }
    await database.query('create table lists (name text)');

    const failure: unknown = await migrate(owner(), [CreateLists9000000000003]).catch(
      (error: unknown) => error,
    );

    expect(explainStartFailure(failure)).toEqual({
      message:
        'The migration CreateLists9000000000003 cannot make what it needs: relation "lists" already exists: it is not of this API; rename it, or drop it if nobody needs it, then start again',
      exitCode: 69,
    });
  });

  it('continues where it was interrupted', async () => {
    class Fails9000000000002 implements MigrationInterface {
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('create table never_seen (id int)');
        throw new Error('interrupted');
      }
      down(): Promise<void> {
        return Promise.resolve();
      }
    }
    await expect(migrate(owner(), [AddColour9000000000001, Fails9000000000002])).rejects.toThrow(
      'interrupted',
    );

    expect(await migrate(owner(), [AddColour9000000000001])).toEqual([]);
    expect(await database.query(`select to_regclass('never_seen') as table`)).toEqual([
      { table: null },
    ]);
  });
});
