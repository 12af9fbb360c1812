import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readSessionRoom, type SessionRoom } from '../../../src/cli/doctor/session-room';
import { withClient } from '../../../src/database/session/client';
import { Login } from '../../support/database/login';
import { TestDatabase } from '../../support/database/test-database';

describe('The room for the sessions of a login', () => {
  let database: TestDatabase;
  let login: Login;
  let other: Login;

  beforeAll(async () => {
    database = await TestDatabase.create();
    login = await Login.create('connection limit 7 in role task_api');
    other = await Login.create();
  });
  afterAll(async () => {
    await database.drop();
    await login.drop();
    await other.drop();
  });

  const roomOf = (one: Login): Promise<SessionRoom> =>
    withClient(one.at(database.endpoint.api), readSessionRoom);

  it('is what PostgreSQL is set to, and what the login and the database are granted', async () => {
    const [settings] = await database.query<{ most: number; reserved: number }>(
      `select sum(setting::int) filter (where name = 'max_connections')::int as most,
         sum(setting::int) filter (where name like '%reserved_connections')::int as reserved
       from pg_settings`,
    );
    const room = await roomOf(login);

    expect(room).toMatchObject({
      login: login.name,
      maxConnections: settings?.most,
      reserved: settings?.reserved,
      ofLogin: 7,
      ofDatabase: null,
    });
    expect((await roomOf(other)).ofLogin).toBeNull();
  });

  it('has those of other logins in it', async () => {
    await withClient(other.at(database.endpoint.api), async () => {
      expect((await roomOf(login)).others).toBeGreaterThan(0);
    });
  });
});
