import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrations } from '../../../../migrations';
import { migrate } from '../../../../src/database/schema/migrate';
import { EmptyDatabase } from '../../../support/database/empty-database';

const NAMES = migrations.map(({ name }) => name);
/** As TypeORM makes it where nobody names one. */
const TYPEORM_TABLE =
  'create table if not exists migrations (id serial primary key, timestamp bigint not null, name varchar not null)';
const OTHER_APP = `insert into migrations (timestamp, name) values (1, 'OtherApp1600000000000')`;

describe('The history of migrations', () => {
  let database: EmptyDatabase;

  beforeEach(async () => {
    database = await EmptyDatabase.create();
  });
  afterEach(() => database.drop());

  const namesIn = async (table: string) =>
    (await database.query<{ name: string }>(`select name from ${table} order by id`)).map(
      ({ name }) => name,
    );
  /** As a release leaves it that kept its history where TypeORM does. */
  const earlierRelease = async (migrationsRun = 5) => {
    await migrate(database.endpoint.owner, migrations.slice(0, migrationsRun));
    await database.query(TYPEORM_TABLE);
    await database.query(
      `insert into migrations (timestamp, name)
       select timestamp, name from task_api_migrations order by id`,
    );
    await database.query('grant select on migrations to task_api');
    await database.query('drop table task_api_migrations');
  };

  it('is taken over from an earlier release, whose servers still find theirs', async () => {
    await earlierRelease();

    expect(await migrate(database.endpoint.owner)).toEqual(NAMES.slice(5));

    expect(await namesIn('task_api_migrations')).toEqual(NAMES);
    expect(await namesIn('migrations')).toEqual(NAMES.slice(0, 5));
    expect(
      await database.query(
        `select has_table_privilege('task_api', table_name, 'select') as reads
         from unnest('{migrations, task_api_migrations}'::text[]) table_name`,
      ),
    ).toEqual([{ reads: true }, { reads: true }]);
  });

  it('is taken over where that release has run every migration', async () => {
    await earlierRelease(NAMES.length);

    expect(await migrate(database.endpoint.owner)).toEqual([]);

    expect(await namesIn('task_api_migrations')).toEqual(NAMES);
    expect(await namesIn('migrations')).toEqual(NAMES);
  });

  it('is taken over out of a table that was shared, without the rows of others', async () => {
    await database.query(TYPEORM_TABLE);
    await database.query(OTHER_APP);
    await earlierRelease();

    await migrate(database.endpoint.owner);

    expect(await namesIn('task_api_migrations')).toEqual(NAMES);
    expect(await namesIn('migrations')).toEqual(['OtherApp1600000000000', ...NAMES.slice(0, 5)]);
  });

  it.each([
    ['of TypeORM', [TYPEORM_TABLE, OTHER_APP]],
    ['of another kind', ['create table migrations (id serial, migration text, batch int)']],
    ['that is a view', [`create view migrations as select 1 as id, 2 as timestamp, 'x' as name`]],
  ])("leaves another application's table alone, %s", async (_, statements) => {
    for (const statement of statements) await database.query(statement);
    const before = await database.query('select * from migrations');

    expect(await migrate(database.endpoint.owner)).toEqual(NAMES);

    expect(await database.query('select * from migrations')).toEqual(before);
    expect(
      await database.query(
        `select has_table_privilege('task_api', 'migrations', 'select') as reads`,
      ),
    ).toEqual([{ reads: false }]);
  });
});
