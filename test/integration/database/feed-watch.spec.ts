import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CHANGE_NUMBER,
  type CompiledStatement,
  numbersOf,
  type Row,
} from '../../../src/database/compiled-statement';
import { DatabaseSession } from '../../../src/database/session/database-session';
import { DatabaseUse } from '../../../src/database/database-use';
import { Lanes } from '../../../src/database/lanes/lanes';
import { ScopedPool } from '../../../src/database/pool/scoped-pool';
import { UserScope } from '../../../src/user-scope/user-scope';
import { outcomeOf } from '../../support/app/outcome';
import { PATIENT_WAITS } from '../../support/app/patient-waits';
import { testEnv } from '../../support/app/test-env';
import { describeOnEveryMode, ReachedDatabase } from '../../support/database/connection-modes';

const STATEMENTS = {
  add: {
    name: 'watch_add',
    numbers: 1,
    text: `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
      values ($1, gen_random_uuid(), $2, false, ${CHANGE_NUMBER}, now(), now())`,
  },
  addMany: {
    name: 'watch_add_many',
    numbers: ([count]: readonly unknown[]) => Number(count),
    text: `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
      select $1::uuid, gen_random_uuid(), 'one of many', false, ${CHANGE_NUMBER} + n - 1, now(), now()
      from generate_series(1, $2::int) n`,
  },
  removeNothing: {
    name: 'watch_remove',
    numbers: 1,
    text: 'delete from tasks where user_id = $1 and title = $2',
  },
  endSession: {
    name: 'watch_end',
    numbers: 1,
    text: 'select pg_terminate_backend(pg_backend_pid()) where $1::uuid is not null',
  },
  read: { name: 'watch_read', text: 'select title from tasks where user_id = $1' },
} as const satisfies Record<string, CompiledStatement>;

const ANN = UserScope.of('00000000-0000-4000-8000-00000000000a');
const BOB = UserScope.of('00000000-0000-4000-8000-00000000000b');
const TOO_LONG = 'x'.repeat(201);

describeOnEveryMode('Changes are reported', (mode) => {
  let reached: ReachedDatabase;
  let lanes: Lanes;
  let pool: ScopedPool;
  let reports: [userId: string, isWatched: boolean][] = [];
  /** What another session sees, from the moment of each report on. */
  let seen: Promise<string[]>[] = [];

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    const session = await DatabaseSession.negotiate(reached.endpoint.api, PATIENT_WAITS);
    const env = testEnv(mode.variables);
    const use = new DatabaseUse();
    use.feeds.onChange((userId, isWatched) => {
      reports.push([userId, isWatched]);
      seen.push(titlesOf(userId));
    });
    lanes = new Lanes(session, env, use);
    pool = new ScopedPool(session, env, 'searches', use);
    lanes.register(STATEMENTS);
    await lanes.open();
  });
  afterAll(async () => {
    await lanes.close();
    await pool.close();
    await reached.close();
  });
  beforeEach(async () => {
    await reached.database.clear();
    await reached.database.query(
      'insert into users (id, created_at) values ($1, now()), ($2, now())',
      [ANN.userId, BOB.userId],
    );
    reports = [];
    seen = [];
  });

  const titlesOf = async (userId: string): Promise<string[]> => {
    const rows = await reached.database.query<{ title: string }>(
      'select title from tasks where user_id = $1 order by version',
      [userId],
    );
    return rows.map(({ title }) => title);
  };
  const watch = (scope: UserScope, until: string) =>
    reached.database.query(
      'update feeds set watched_until = now() + $2::interval where user_id = $1',
      [scope.userId, until],
    );

  describe.each(['the lanes', 'the pool'])('of %s,', (carrier) => {
    const run = (
      scope: UserScope,
      statement: CompiledStatement,
      ...values: string[]
    ): Promise<readonly Row[]> =>
      carrier === 'the lanes'
        ? lanes.run(scope, statement, values)
        : pool.run(scope, statement.text, values, { numbers: numbersOf(statement, values) });

    it('each once, when others can see it', async () => {
      await run(ANN, STATEMENTS.add, 'first');
      expect(await seen.at(-1)).toEqual(['first']);
      await run(ANN, STATEMENTS.add, 'second');
      expect(await seen.at(-1)).toEqual(['first', 'second']);
      await run(BOB, STATEMENTS.addMany, '3');
      expect(await seen.at(-1)).toEqual(Array(3).fill('one of many'));

      expect(reports).toEqual([
        [ANN.userId, false],
        [ANN.userId, false],
        [BOB.userId, false],
      ]);
    });

    it('those that changed nothing, too, since nobody but the database knows', async () => {
      await run(ANN, STATEMENTS.removeNothing, 'unknown');

      expect(reports).toEqual([[ANN.userId, false]]);
    });

    it('but no read, and nothing that was rolled back', async () => {
      await run(ANN, STATEMENTS.read);
      expect(await outcomeOf(run(ANN, STATEMENTS.add, TOO_LONG))).toBe('23514');

      expect(reports).toEqual([]);
      expect(await titlesOf(ANN.userId)).toEqual([]);
    });

    it('as watched where the session ends, since the write may have been committed', async () => {
      expect(await outcomeOf(run(ANN, STATEMENTS.endSession))).not.toBe('fulfilled');

      expect(reports).toEqual([[ANN.userId, true]]);
    });

    it('with whether somebody watches the feed now', async () => {
      await run(ANN, STATEMENTS.add, 'first');
      await run(BOB, STATEMENTS.add, 'first');
      await watch(ANN, '1 minute');
      await watch(BOB, '-1 minute');

      await run(ANN, STATEMENTS.add, 'second');
      await run(BOB, STATEMENTS.add, 'second');
      await watch(ANN, '-1 minute');
      await run(ANN, STATEMENTS.add, 'third');

      expect(reports.slice(2)).toEqual([
        [ANN.userId, true],
        [BOB.userId, false],
        [ANN.userId, false],
      ]);
    });

    it('once each, where others of the same moment fail', async () => {
      await run(ANN, STATEMENTS.add, 'first');
      await watch(ANN, '1 minute');
      reports = [];

      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, n) => {
          const scope = n % 2 === 0 ? ANN : BOB;
          return outcomeOf(run(scope, STATEMENTS.add, n % 4 === 3 ? TOO_LONG : `title ${n}`));
        }),
      );

      expect(outcomes).toEqual(
        Array.from({ length: 12 }, (_, n) => (n % 4 === 3 ? '23514' : 'fulfilled')),
      );
      expect(reports.toSorted()).toEqual([
        ...Array<unknown>(6).fill([ANN.userId, true]),
        ...Array<unknown>(3).fill([BOB.userId, false]),
      ]);
      expect(await titlesOf(ANN.userId)).toHaveLength(7);
      expect(await titlesOf(BOB.userId)).toHaveLength(3);
    });
  });
});
