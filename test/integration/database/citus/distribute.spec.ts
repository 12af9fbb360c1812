import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { distribute } from '../../../../src/database/citus/distribute';
import { TestDatabase } from '../../../support/database/test-database';

let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.create();
});
afterAll(() => database.drop());

it('A database without Citus is refused by name, and stays as it is', async () => {
  const name = String(database.endpoint.owner.database);
  await expect(distribute(database.endpoint)).rejects.toThrow(
    new RegExp(`the database ${name} has no Citus\n.*\n  create extension citus;`),
  );
  const rows = await database.query<{ forced: boolean }>(
    `select relforcerowsecurity as forced from pg_class where relname = 'tasks'`,
  );
  expect(rows).toEqual([{ forced: true }]);
});
