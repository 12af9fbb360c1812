import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Row } from '../../../../src/database/compiled-statement';
import { DatabaseSession } from '../../../../src/database/session/database-session';
import {
  PrepareBatch,
  PipelineBatch,
  type StatementTexts,
} from '../../../../src/database/batch/pipeline-batch';
import {
  type ScopedStatement,
  type ScopeMode,
  scopeStatements,
} from '../../../../src/database/batch/scope-statements';
import { UserScope } from '../../../../src/user-scope/user-scope';
import { outcomeOf } from '../../../support/app/outcome';
import { TestDatabase } from '../../../support/database/test-database';

/** No `WHERE`: whose rows it shows is up to the scope alone. */
const LIST = { name: 'list_users', text: 'select id, $1::text from users' };
/** The same of a write, which takes a number. */
const WRITE = {
  name: 'write',
  numbers: 1,
  text: `with written as (select current_setting('app.change')::bigint > 0 as is_numbered)
    select id, $1::text, is_numbered from users, written`,
};
const FAIL = { name: 'fail', text: 'select 1 / 0, $1::text' };

/** One session that carries batches, and can then be asked what they have left there. */
describe.each(['implicit', 'transaction'] as const)('A scoped batch, in %s scope,', (mode) => {
  let database: TestDatabase;
  let client: Client;
  const ann = UserScope.of(randomUUID());
  const bob = UserScope.of(randomUUID());

  beforeAll(async () => {
    database = await TestDatabase.create();
    await database.query('insert into users (id, created_at) values ($1, now()), ($2, now())', [
      ann.userId,
      bob.userId,
    ]);
    const { config } = await DatabaseSession.negotiate(database.endpoint.api);
    client = new Client(config);
    await client.connect();
    await prepare(client, mode);
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const send = (
    statements: readonly ScopedStatement[],
    options: { texts: StatementTexts; timeoutMs?: number },
  ): Promise<readonly (readonly Row[])[]> =>
    new Promise((resolve, reject) => {
      client.query(
        new PipelineBatch(statements, {
          mode,
          ...options,
          settle: (error, answers) => {
            if (error === null) resolve(answers.map(({ rows }) => rows));
            else reject(error);
          },
        }),
      );
    });
  const list = (scope: UserScope) => ({ scope, statement: LIST, values: [] });

  /** What the next one on this session would be, if it forgot its scope. */
  const left = async () => {
    const { rows } = await client.query<{
      scope: string;
      number: string;
      rows: number;
      timeout: string;
    }>(
      `select coalesce(current_setting('app.user_id', true), '') as scope,
         coalesce(current_setting('app.change', true), '') as number,
         current_setting('statement_timeout') as timeout,
         (select count(*)::int from users) as rows`,
    );
    return rows[0];
  };
  const NOTHING = { scope: '', number: '', rows: 0, timeout: '5s' };

  it.each(['kept', 'sent', 'unnamed'] as const)(
    'gives each statement its own scope, and leaves none on the session (texts: %s)',
    async (texts) => {
      expect(await send([list(ann), list(bob)], { texts })).toEqual([
        [[ann.userId, ann.userId]],
        [[bob.userId, bob.userId]],
      ]);

      expect(await left()).toEqual(NOTHING);
    },
  );

  it.each(['kept', 'sent', 'unnamed'] as const)(
    'gives a write a number, too, and leaves neither on the session (texts: %s)',
    async (texts) => {
      const write = (scope: UserScope) => ({ scope, statement: WRITE, values: [] });

      expect(await send([write(ann), list(ann), write(bob)], { texts })).toEqual([
        [[ann.userId, ann.userId, 't']],
        [[ann.userId, ann.userId]],
        [[bob.userId, bob.userId, 't']],
      ]);

      expect(await left()).toEqual(NOTHING);
    },
  );

  it('leaves neither scope nor time-out where the statement has a time-out of its own', async () => {
    await send([list(ann)], { texts: 'unnamed', timeoutMs: 250 });

    expect(await left()).toEqual(NOTHING);
  });

  it('leaves no scope where a statement fails', async () => {
    const fail = { scope: ann, statement: FAIL, values: [] };

    expect(await outcomeOf(send([list(bob), fail], { texts: 'unnamed' }))).toBe('22012');

    await client.query('rollback');
    expect(await left()).toEqual(NOTHING);
  });
});

function prepare(client: Client, mode: ScopeMode): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(
      new PrepareBatch([...scopeStatements(mode), LIST, WRITE], (error) => {
        if (error === null) resolve();
        else reject(error);
      }),
    );
  });
}
