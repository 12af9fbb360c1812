import { describe, expect, it } from '@jest/globals';
import {
  databaseFault,
  endsSession,
  isRolledBack,
  isStaleSession,
  metErasure,
  nodeOfError,
} from '../../../src/database/database-errors';

const errorOf = (fields: Readonly<Record<string, string>>) => Object.assign(new Error(), fields);

describe('The deletion of the account that a statement had found', () => {
  it.each([
    { code: '23503', constraint: 'fk_feeds_user_id' },
    { code: '23503', constraint: 'fk_tasks_user_id_102008' },
    {
      code: '23503',
      message: `insert or update on table "tasks_102027" violates foreign key constraint "fk_tasks_user_id_102027"`,
    },
    // In any language, and of a table of a later migration.
    { code: '23503', message: 'verletzt Fremdschlüssel-Constraint »fk_task_notes_user_id_102027«' },
  ])('is known by the key, with the number of a shard or without: %j', (fields) => {
    const error = errorOf(fields);
    expect([metErasure(error), databaseFault(error)]).toEqual([true, undefined]);
  });

  it.each([
    { code: '23503', constraint: 'fk_tasks_user_id_x' },
    { code: '23503', constraint: 'fk_tasks_parent_id' },
    { code: '23503', constraint: 'fk_tasks_user_id_102008_x' },
    { code: '23505', message: 'duplicate key value violates unique constraint "pk_tasks_102027"' },
    { code: '23505', constraint: 'fk_tasks_user_id' },
    { code: '42703', message: 'column "fk_tasks_user_id" does not exist' },
    { message: 'fk_tasks_user_id' },
  ])('is not the violation of another constraint, or another error: %j', (fields) => {
    expect(metErasure(errorOf(fields))).toBe(false);
  });
});

describe('The end of a session', () => {
  it.each(['08006', '57P01', '25P03', '25P04'])(
    'comes with %s, unless that is a mere error',
    (code) => {
      expect(endsSession(errorOf({ code, severity: 'FATAL' }))).toBe(true);
      expect(endsSession(errorOf({ code, severity: 'ERROR' }))).toBe(false);
      expect(endsSession(errorOf({ code }))).toBe(true);
    },
  );

  it.each(['58030', 'XX000'])('comes with %s, after which it is not to be trusted', (code) => {
    expect(endsSession(errorOf({ code, severity: 'ERROR' }))).toBe(true);
  });
});

describe('An internal error', () => {
  it('of a shard that Citus has split meanwhile lets the statement run again, or be repeated', () => {
    const error = errorOf({ code: 'XX000', routine: 'LookupShardRelationFromCatalog' });
    expect([isStaleSession(error), databaseFault(error)]).toEqual([true, 'locked']);
  });

  it.each([
    { code: 'XX000', routine: 'ReportResultError' },
    { code: '58030', routine: 'ReportCopyError' },
    { code: '58030', routine: 'SendCopyDataToPlacement' },
    { code: '58030', routine: 'EndRemoteCopy' },
    { code: 'XX000', routine: 'MarkRemoteTransactionFailed' },
    { code: 'XX000', routine: 'CheckRemoteTransactionsHealth' },
  ])('of a session that Citus has lost to a worker is like a lost connection: %j', (fields) => {
    const error = errorOf({ ...fields, severity: 'ERROR' });
    expect([isStaleSession(error), databaseFault(error)]).toEqual([false, 'unavailable']);
    expect(endsSession(error)).toBe(false);
    // A worker may have committed before it went.
    expect([isRolledBack(error), isRolledBack(error, false)]).toEqual([false, true]);
  });

  it('of any other kind is no such excuse', () => {
    const error = errorOf({ code: 'XX000', routine: 'elog_finish' });
    expect([isStaleSession(error), databaseFault(error)]).toEqual([false, undefined]);
  });
});

describe('The node that refused what the coordinator passed on', () => {
  it.each([
    ['while executing command on worker-1.internal:5432', 'worker-1.internal:5432'],
    ['SQL statement "…"\nwhile executing command on 127.0.0.1:23701', '127.0.0.1:23701'],
    ['PL/pgSQL function enter_change(uuid,integer) line 14 at SQL statement', undefined],
    [undefined, undefined],
  ])('is in the context: %s', (where, node) => {
    expect(nodeOfError(Object.assign(new Error(), { code: '42501', where }))).toBe(node);
  });
});
