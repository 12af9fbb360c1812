import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { withClient } from '../../src/database/session/client';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { aCaller } from '../support/app/tokens';
import { nodesOf } from '../support/citus/citus-nodes';
import { TestDatabase } from '../support/database/test-database';
import { describeWith } from '../support/requirements';

const NEW_USERS = 40;
const CREATES = 200;

describeWith('citus', 'A server on Citus', () => {
  let database: TestDatabase;
  let app: ServedApplication;

  beforeAll(async () => {
    database = await TestDatabase.create();
    app = await serveAt(database.endpoint, { DATABASE_SCOPE: 'transaction' });
  });
  afterAll(async () => {
    await app.nest.close();
    await database.drop();
  });

  it('has lanes to each worker', async () => {
    const [, ...workers] = await nodesOf(database);

    for (const { settings } of workers) {
      const { rows } = await withClient(settings, (client) =>
        client.query<{ lanes: number }>(
          `select count(*)::int as lanes from pg_stat_activity
           where datname = current_database() and application_name = 'task-api'`,
        ),
      );
      expect(rows).toEqual([{ lanes: 3 }]);
    }
  });

  it.each([
    ['without addresses', () => ({})],
    ['with addresses', (n: number) => ({ email: `crowd-${n}@example.com`, email_verified: true })],
  ])('takes the creates of many new users %s at once', async (_, claims) => {
    const callers = await Promise.all(
      Array.from({ length: NEW_USERS }, (_, n) => aCaller(claims(n))),
    );

    const statuses = await Promise.all(
      Array.from({ length: CREATES }, async (_, n) => {
        const authorization = callers[n % NEW_USERS]?.authorization ?? '';
        const { status } = await fetch(`http://127.0.0.1:${app.port}/api/me/tasks`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify({ title: `task ${n}` }),
        });
        return status;
      }),
    );

    expect(new Set(statuses)).toEqual(new Set([201]));
  });
});
