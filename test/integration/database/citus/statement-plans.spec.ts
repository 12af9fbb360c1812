import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ENTITIES, everyStatement } from '../../../../src/cli/distribute/every.statements';
import { plansOf } from '../../../../src/database/citus/statement-plans';
import { TestDatabase } from '../../../support/database/test-database';

let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.create();
});
afterAll(() => database.drop());

it('Every statement has a plan, for values of the types of its parameters', async () => {
  const plans = await plansOf(database.endpoint.api, ENTITIES, everyStatement);

  expect(plans.length).toBeGreaterThan(50);
});

it('Statements without a plan are all named, each with the reason', async () => {
  const statements = ['here', 'there'].map((table) => ({
    name: `look_${table}`,
    text: `select from ${table} where id = $1`,
  }));

  await expect(plansOf(database.endpoint.api, ENTITIES, () => statements)).rejects.toThrow(
    /refuses the statement look_here: .*"here".*\n.*refuses the statement look_there: .*"there"/,
  );
});
