import type { Env } from '../../config/env';
import type { UserScope } from '../../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from '../compiled-statement';
import type { DatabaseSession } from '../session/database-session';
import type { ScopedStatement } from './scope-statements';

const LAST_CHANGE: CompiledStatement = {
  name: 'last_change',
  text: 'select last_change from feeds where user_id = $1',
};
/** After a write, which has taken a number: if it has erased the feed, that number is the last one. */
const LAST_CHANGE_OF_WRITE: CompiledStatement = {
  name: 'last_change_of_write',
  text: `select coalesce(
    (select last_change from feeds where user_id = $1),
    nullif(pg_catalog.current_setting('app.change', true), '')::bigint)`,
};
/**
 * Before a read on the primary. A replica shows a change once it has the commit. The primary shows it
 * later, if it waits for a synchronous standby; until then, the writer locks the row. A number that
 * does not exist yet waits for nothing.
 */
const CHANGE_IS_VISIBLE: CompiledStatement = {
  name: 'change_is_visible',
  text: 'select from feeds where user_id = $1 and last_change < $2 for no key update',
};
/** A replica that became a primary returns no row: another primary may have later changes. */
const LAST_CHANGE_OF_REPLICA: CompiledStatement = {
  name: 'last_change_of_replica',
  text: 'select last_change from feeds where user_id = $1 and pg_catalog.pg_is_in_recovery()',
};

/** The replica is behind the client, does not know the user, or is no longer a replica. */
export class ReplicaBehindError extends Error {
  constructor() {
    super('The replica does not have the change that the client knows');
    this.name = 'ReplicaBehindError';
  }
}

/** The last number of the feed, before a statement and after it. */
export interface LastNumbers {
  readonly before?: readonly Row[] | undefined;
  readonly behind?: readonly Row[] | undefined;
}

type Written = readonly [CompiledStatement, readonly StatementValue[]];

/**
 * Reads the last number of the feed around each statement. Before it, because the answer counts only if it
 * includes what the client knows: the primary waits for that; and after it everywhere, because that number
 * includes all that the answer shows (docs/decisions/0045-reads-on-replicas.md).
 */
export class LastChange {
  private constructor(private readonly isReplica: boolean) {}

  /** @returns undefined where there are no replicas */
  static around(
    { isReplica }: Pick<DatabaseSession, 'isReplica'>,
    { database }: Env,
  ): LastChange | undefined {
    const matters = isReplica || database.replicaUrls.length > 0;
    return matters ? new LastChange(isReplica) : undefined;
  }

  /** The statements that a session must prepare. */
  get statements(): readonly CompiledStatement[] {
    return this.isReplica
      ? [LAST_CHANGE_OF_REPLICA]
      : [LAST_CHANGE, LAST_CHANGE_OF_WRITE, CHANGE_IS_VISIBLE];
  }

  before({ scope: { userId, readAfter }, statement }: ScopedStatement): Written | undefined {
    if (this.isReplica) return [LAST_CHANGE_OF_REPLICA, [userId]];
    const isAwaited = readAfter !== undefined && statement.numbers === undefined;
    return isAwaited ? [CHANGE_IS_VISIBLE, [userId, String(readAfter)]] : undefined;
  }

  behind({ scope: { userId }, statement: { numbers } }: ScopedStatement): Written {
    if (this.isReplica) return [LAST_CHANGE_OF_REPLICA, [userId]];
    return [numbers === undefined ? LAST_CHANGE : LAST_CHANGE_OF_WRITE, [userId]];
  }

  /**
   * Notes the number for the answer to the client.
   * @returns why the rows do not count; undefined where they do
   */
  refusal(scope: UserScope, { before, behind }: LastNumbers): ReplicaBehindError | undefined {
    const last = numberOf(behind);
    const isComplete = !this.isReplica || numberOf(before) >= (scope.readAfter ?? Infinity);
    if (!isComplete || (this.isReplica && Number.isNaN(last))) return new ReplicaBehindError();
    if (!Number.isNaN(last)) scope.noteLastChange(last);
    return undefined;
  }
}

/** @returns NaN, which is not at least any number, where there is none */
function numberOf(rows: readonly Row[] | undefined): number {
  const text = rows?.[0]?.[0];
  return text == null ? NaN : Number(text);
}
