import { describe, expect, it } from '@jest/globals';
import { outcomesOf } from '../../../../src/database/batch/outcomes';
import type { PendingStatement } from '../../../../src/database/lanes/lane-queue';
import { OutOfStepError } from '../../../../src/database/batch/pipeline-batch';
import { UserScope } from '../../../../src/user-scope/user-scope';

const ofUser = (userId: string): PendingStatement => ({
  scope: UserScope.of(userId),
  statement: { name: 'any', text: 'select 1' },
  values: [],
  cost: 1 / 64,
  lanesLeft: 3,
  queuedAt: 0,
  resolve: () => undefined,
  reject: () => undefined,
});
const BATCH = [ofUser('ann'), ofUser('bob'), ofUser('bob'), ofUser('cid')];
const stateOf = (code: string, routine?: string) =>
  Object.assign(new Error('of the driver'), { code, routine });
const ofPooler = (message: string) => Object.assign(new Error(message), { code: '08P01' });
const kindsOf = (error: Error, failed: number, batch = BATCH) =>
  outcomesOf(batch, { error, failed }).map(({ kind }) => kind);

describe('What becomes of the statements of a batch', () => {
  it('is their own rows, where it was committed', () => {
    const answers = BATCH.map((_, n) => ({ entry: [], rows: [[String(n)]] }));

    expect(outcomesOf(BATCH, { answers })).toEqual(
      answers.map((answer) => ({ kind: 'committed', answer })),
    );
  });

  it('is to run again, after a failure, but alone where the user is the same', () => {
    expect(kindsOf(stateOf('22P02'), 1)).toEqual([
      'rolled-back',
      'failed',
      'retry-alone',
      'rolled-back',
    ]);
  });

  it('is to run again alone for all of them, where the batch failed at its end', () => {
    expect(kindsOf(stateOf('23503'), 4)).toEqual(BATCH.map(() => 'retry-alone'));
  });

  it('is to run again alone, where the statement met the deletion of its account', () => {
    const error = Object.assign(stateOf('23503'), { constraint: 'fk_feeds_user_id' });

    expect(kindsOf(error, 1)).toEqual(['rolled-back', 'retry-alone', 'retry-alone', 'rolled-back']);
    expect(kindsOf(error, 0, [ofUser('ann')])).toEqual(['retry-alone']);
  });

  it('is failure for a statement that was alone', () => {
    expect(kindsOf(stateOf('23505'), 0, [ofUser('ann')])).toEqual(['failed']);
  });

  it.each([
    stateOf('57P01'),
    stateOf('08006'),
    stateOf('53100'),
    stateOf('XX000'),
    ofPooler('server conn crashed?'),
    stateOf('ECONNRESET'),
    new Error('Connection terminated unexpectedly'),
    new OutOfStepError(),
  ])('is unknown, and nothing runs again, where the commit may have happened: %s', (error) => {
    expect(kindsOf(error, 1)).toEqual(BATCH.map(() => 'unknown'));
    expect(kindsOf(error, 0, [ofUser('ann')])).toEqual(['unknown']);
  });

  it.each(['08006', '08P01', '57P01', '25P03'])(
    'is failure of the one, where the session goes on and another was lost: %s',
    (code) => {
      const error = Object.assign(stateOf(code), { severity: 'ERROR' });

      expect(kindsOf(error, 0, [ofUser('ann')])).toEqual(['failed']);
      expect(kindsOf(error, 0)).toEqual(['failed', ...Array<string>(3).fill('rolled-back')]);
      expect(kindsOf(error, BATCH.length)).toEqual(BATCH.map(() => 'unknown'));
    },
  );

  it.each([stateOf('26000'), stateOf('25P02'), stateOf('0A000', 'RevalidateCachedQuery')])(
    'is to run on another lane, where the session did not know the statement: %s',
    (error) => {
      expect(kindsOf(error, 1)).toEqual(BATCH.map(() => 'not-run'));
      expect(kindsOf(error, 0, [ofUser('ann')])).toEqual(['not-run']);
    },
  );

  it.each([
    // PgBouncer 1.18, and 1.25.
    'server login has been failing, try again later (server_login_retry)',
    'server login has been failing, cached error: connect failed (server_login_retry)',
    'query_wait_timeout',
  ])('is to run on another lane, where a pooler had no server for it: %s', (message) => {
    expect(kindsOf(ofPooler(message), 1)).toEqual(BATCH.map(() => 'not-run'));
  });

  it('is failure where PostgreSQL does not support the statement itself', () => {
    expect(kindsOf(stateOf('0A000'), 0, [ofUser('ann')])).toEqual(['failed']);
  });
});
