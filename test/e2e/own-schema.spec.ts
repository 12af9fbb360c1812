import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseChecks, migrationsCheck } from '../../src/cli/doctor/doctor-database';
import { openTransactionOf } from '../../src/cli/operator-scope';
import { analyze } from '../../src/database/schema/owner-session';
import type { DatabaseEndpoint } from '../../src/database/session/connection-settings';
import { diagnoseDatabase, diagnoseMigrations } from '../../src/cli/doctor/database-diagnosis';
import { DatabaseSession } from '../../src/database/session/database-session';
import { requireIsolation } from '../../src/database/isolation/isolation-gate';
import { migrate } from '../../src/database/schema/migrate';
import { KNOWN_MIGRATIONS } from '../../src/database/schema/migration-history';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { aCaller, type Caller } from '../support/app/tokens';
import { EmptyDatabase } from '../support/database/empty-database';
import { Login } from '../support/database/login';

/** Of other applications, with columns that no statement of the API would accept. */
const OTHERS = [
  'create table users (login text)',
  'create table tasks (title int)',
  'create table migrations (id serial primary key, timestamp bigint not null, name varchar not null)',
  `insert into migrations (timestamp, name) values (1, 'OtherApp1600000000000')`,
  `create function enter_scope(text) returns void language sql as 'select 1 / 0'`,
];

describe.each(['implicit', 'transaction'])(
  'A schema of the API in a database that is shared (DATABASE_SCOPE=%s)',
  (scope) => {
    let database: EmptyDatabase;
    let endpoint: DatabaseEndpoint;
    let app: ServedApplication;
    let ann: Caller;

    const inSchema = (schema: string): DatabaseEndpoint => ({
      ...database.endpoint,
      api: { ...database.endpoint.api, schema },
      owner: { ...database.endpoint.owner, schema },
    });
    const ask = async (
      { port }: ServedApplication,
      caller: Caller,
      method: string,
      path: string,
      body?: object,
    ) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: {
          authorization: caller.authorization,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text === '' ? undefined : (JSON.parse(text) as object),
      };
    };

    beforeAll(async () => {
      database = await EmptyDatabase.create();
      for (const statement of OTHERS) await database.query(statement);
      endpoint = inSchema('Own-tasks');
      await migrate(endpoint.owner);
      app = await serveAt(endpoint, { DATABASE_SCOPE: scope });
      ann = await aCaller();
    });
    afterAll(async () => {
      await app.nest.close();
      await database.drop();
    });

    it('serves every way to the database from it', async () => {
      const created = await ask(app, ann, 'POST', '/api/me/tasks', { title: 'Äpfel' });
      expect(created).toMatchObject({ status: 201, body: { title: 'Äpfel' } });
      const { id } = created.body as { id: string };

      expect(await ask(app, ann, 'GET', '/api/me/tasks')).toMatchObject({
        body: { items: [{ id }] },
      });
      expect(await ask(app, ann, 'GET', '/api/me/tasks?q=%C3%A4pfel')).toMatchObject({
        body: { items: [{ id }] },
      });
      expect(await ask(app, ann, 'GET', '/health/ready')).toMatchObject({ status: 200 });
      expect(await database.query('select id, title from "Own-tasks".tasks')).toEqual([
        { id, title: 'Äpfel' },
      ]);

      const transaction = await openTransactionOf(ann.userId, 'read', endpoint.api);
      const text = 'select title from tasks where user_id = $1';
      expect(await transaction.send({ name: '', text }, [])).toMatchObject({ rows: [['Äpfel']] });
      await transaction.close();

      await analyze(endpoint.owner);
      expect(await ask(app, ann, 'DELETE', '/api/users/me')).toMatchObject({ status: 204 });
      expect(await database.query('select from "Own-tasks".users')).toEqual([]);
    });

    it('is found sound by the doctor, and leaves the rest of the database alone', async () => {
      const checks = [
        ...databaseChecks(await diagnoseDatabase(endpoint)),
        migrationsCheck(await diagnoseMigrations(endpoint), KNOWN_MIGRATIONS),
      ];

      expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
      expect(await database.query('select name from migrations')).toEqual([
        { name: 'OtherApp1600000000000' },
      ]);
      expect(
        await database.query(
          `select tablename from pg_tables where schemaname = 'public' order by 1`,
        ),
      ).toEqual([{ tablename: 'migrations' }, { tablename: 'tasks' }, { tablename: 'users' }]);
    });

    it('says what a login lacks that may not even use it', async () => {
      const login = await Login.create();
      try {
        const { config } = await DatabaseSession.negotiate(login.at(endpoint.api));

        await expect(requireIsolation(config)).rejects.toThrow(
          `grant task_api to "${login.name}";`,
        );
      } finally {
        await login.drop();
      }
    });

    it('knows nothing of a second installation beside it', async () => {
      const second = inSchema('second');
      await migrate(second.owner);
      const other = await serveAt(second, { DATABASE_SCOPE: scope });
      try {
        await ask(app, ann, 'POST', '/api/me/tasks', { title: 'in the first' });
        await ask(other, ann, 'POST', '/api/me/tasks', { title: 'in the second' });

        expect(await ask(other, ann, 'GET', '/api/me/tasks')).toMatchObject({
          body: { items: [{ title: 'in the second' }] },
        });
        expect(await database.query('select title from "Own-tasks".tasks')).toEqual([
          { title: 'in the first' },
        ]);
      } finally {
        await other.nest.close();
      }
    });
  },
);
