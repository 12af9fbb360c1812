import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrations } from '../../../../migrations';
import type { ConnectionSettings } from '../../../../src/database/session/connection-settings';
import { migrate } from '../../../../src/database/schema/migrate';
import { explainStartFailure } from '../../../../src/server/start-failure';
import { EmptyDatabase } from '../../../support/database/empty-database';
import { Login } from '../../../support/database/login';

const NAMES = migrations.map(({ name }) => name);

describe('A database that somebody else has set up', () => {
  let database: EmptyDatabase;
  let login: Login;
  let owner: ConnectionSettings;

  beforeEach(async () => {
    database = await EmptyDatabase.create();
    login = await Login.create('in role task_api');
    owner = login.at(database.endpoint.owner);
  });
  afterEach(async () => {
    await database.drop();
    await login.drop();
  });

  /** What the operator reads, and the lines to run. */
  const refusal = async (settings: ConnectionSettings) => {
    const error: unknown = await migrate(settings).then(
      () => new Error('It was migrated'),
      (reason: unknown) => reason,
    );
    const { message, exitCode } = explainStartFailure(error);
    expect({ message, exitCode }).toEqual({ message, exitCode: 78 });
    const remedies = message.split('\n').filter((line) => line.startsWith('  '));
    return { message, sql: remedies.filter((line) => /^ {2}(create|grant|alter) /.test(line)) };
  };
  const tablesIn = async (schema: string) =>
    (
      await database.query<{ name: string }>(
        `select relname as name from pg_class
         where relkind = 'r' and relnamespace = to_regnamespace($1) order by 1`,
        [schema],
      )
    ).map(({ name }) => name);
  const OURS = ['feeds', 'replies', 'task_api_migrations', 'tasks', 'trash', 'users'];

  it('that does not let the login make tables names the grant, which suffices', async () => {
    const { message, sql } = await refusal(owner);
    for (const line of sql) await database.query(line);

    expect(message).toContain(`${login.name} may not create tables in the schema public`);
    expect(sql).toEqual([
      `  grant usage, create on schema "public" to "${login.name}" with grant option;`,
    ]);
    expect(await migrate(owner)).toEqual(NAMES);
  });

  it('that has tables of the same names offers a schema of its own, and changes nothing', async () => {
    await database.query(`grant usage, create on schema public to ${login.name}`);
    await database.query('create table users (login text)');

    const { message } = await refusal(owner);

    expect(message).toContain('has tables of another application, named users');
    expect(message).toContain(
      `create schema task_api authorization "${login.name}";  -- and add ?schema=task_api to DATABASE_URL`,
    );
    expect(message).toMatch(/or: create database "t_\w+_tasks" owner .* encoding 'UTF8'/);
    expect(await tablesIn('public')).toEqual(['users']);

    await database.query(`create schema task_api authorization ${login.name}`);
    expect(await migrate({ ...owner, schema: 'task_api' })).toEqual(NAMES);
    expect(await tablesIn('task_api')).toEqual(OURS);
    expect(await tablesIn('public')).toEqual(['users']);
  });

  it.each(['feeds', 'trash', 'replies'])(
    'that has a table named %s before the first migration, too',
    async (table) => {
      await database.query(`grant usage, create on schema public to ${login.name}`);
      await database.query(`create table ${table} (content text)`);

      const { message } = await refusal(owner);

      expect(message).toContain(`has tables of another application, named ${table}`);
      expect(await tablesIn('public')).toEqual([table]);
    },
  );

  it('that has got a table named feeds since an earlier release migrated it names that table', async () => {
    await database.query(`grant usage, create on schema public to ${login.name} with grant option`);
    await migrate(owner, migrations.slice(0, NAMES.indexOf('CreateFeeds1795868000000')));
    await database.query('create table feeds (content text)');

    await expect(migrate(owner)).rejects.toThrow(
      'relation "feeds" already exists: it is not of this API; rename it',
    );
    expect(await tablesIn('public')).not.toContain('trash');
  });

  it('in which the schema is missing names the statement that makes it', async () => {
    const { message, sql } = await refusal({ ...owner, schema: 'Own-tasks' });
    for (const line of sql) await database.query(line);

    expect(message).toContain(`there is no schema Own-tasks, and ${login.name} may not create it`);
    expect(await migrate({ ...owner, schema: 'Own-tasks' })).toEqual(NAMES);
  });

  it('in which the schema belongs to somebody else names the statement that hands it over', async () => {
    await database.query('create schema own');
    await database.query(`grant usage, create on schema own to ${login.name}`);

    const { sql } = await refusal({ ...owner, schema: 'own' });
    for (const line of sql) await database.query(line);

    expect(sql).toEqual([`  alter schema "own" owner to "${login.name}";`]);
    expect(await migrate({ ...owner, schema: 'own' })).toEqual(NAMES);
  });

  it('makes a schema where the login may', async () => {
    await database.query(`grant create on database ${database.name} to ${login.name}`);

    expect(await migrate({ ...owner, schema: 'own' })).toEqual(NAMES);
    expect(await tablesIn('own')).toEqual(OURS);
  });

  it('has its tables where a search_path has led until now: makes no second ones by itself', async () => {
    const { owner: administrator } = database.endpoint;
    await migrate({ ...administrator, schema: 'elsewhere' });

    const { message } = await refusal(administrator);

    expect(message).toContain('are in the schema elsewhere, and DATABASE_URL names no schema');
    expect(message).toContain('add ?schema=elsewhere to DATABASE_URL');
    expect(await tablesIn('public')).toEqual([]);
    expect(await migrate({ ...administrator, schema: 'public' })).toEqual(NAMES);
    expect(await tablesIn('public')).toEqual(OURS);
  });

  it('says who has to migrate tables of another owner, where something is pending', async () => {
    const { owner: administrator } = database.endpoint;
    await migrate(administrator);
    await database.query(`grant usage, create on schema public to ${login.name}`);
    await database.query(`grant select on task_api_migrations to ${login.name}`);

    expect(await migrate(owner)).toEqual([]);
    await database.query('delete from task_api_migrations where name = $1', [NAMES.at(-1)]);
    const { message } = await refusal(owner);

    expect(message).toContain(
      `${login.name} may not change users, trash, tasks, task_api_migrations, replies, feeds: the owner is ${String(administrator.user)}`,
    );
    expect(message).toContain(`let DATABASE_OWNER_URL name ${String(administrator.user)}`);
  });
});
