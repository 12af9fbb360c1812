import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectOwnedStatement, OWNER_CONDITION } from '../../support/database/owned-access';
import { TestDatabase } from '../../support/database/test-database';

describe('The owner predicate, in every statement,', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.create();
    // Layer 2 alone: layer 3 is off in this file.
    for (const table of Object.keys(OWNER_CONDITION)) {
      await database.query(`alter table ${table} disable row level security`);
    }
    await database.query('set plan_cache_mode = force_generic_plan');
  });
  afterAll(() => database.drop());

  const expectOwned = (text: string) => expectOwnedStatement(database, text);

  it('is in the function that changes an address', async () => {
    const [row] = await database.query<{ body: string }>(
      `select prosrc as body from pg_proc where proname = 'change_email'`,
    );

    const texts = row?.body.match(/(?<=return query)[^;]+/g) ?? [];
    expect(texts).toHaveLength(2);
    for (const text of texts) {
      await expectOwned(text.replaceAll('the_user', '$1::uuid').replaceAll('address', '$2::text'));
    }
  });

  it('is in the function that takes a number', async () => {
    const [row] = await database.query<{ body: string }>(
      `select prosrc as body from pg_proc where proname = 'enter_change'`,
    );

    const texts = row?.body.match(/\b(update|perform from|insert into)\s[^;]+/g) ?? [];
    expect(texts).toHaveLength(3);
    for (const text of texts) {
      const statement = text
        .replace(/^perform from/, 'select from')
        .replace(/\binto change, watched$/, '')
        .replaceAll('the_user', '$1')
        .replaceAll(/\b(first|width)\b/g, '1')
        .replaceAll(/\bclock\b/g, 'now()');
      await expectOwned(statement);
    }
  });

  it('is in the functions that make a keyed write once', async () => {
    const rows = await database.query<{ body: string }>(
      `select prosrc as body from pg_proc where proname in ('enter_change_once', 'keep_reply')`,
    );

    const texts = rows.flatMap(
      ({ body }) =>
        body.match(/\b(select reply|perform from|delete from|insert into|update feeds)\b[^;]+/g) ??
        [],
    );
    expect(texts).toHaveLength(6);
    for (const text of texts) {
      const statement = text
        .replace(/^perform from/, 'select from')
        .replace(/\binto is_full,[\w\s,]+?(?=\bfrom\b)/, '')
        .replaceAll('the_user', '$1')
        .replaceAll(/\bthe_(key|request|task)\b/g, 'gen_random_uuid()')
        .replaceAll(/\b(change|today|the_status)\b/g, '1');
      await expectOwned(statement);
    }
  });
});
