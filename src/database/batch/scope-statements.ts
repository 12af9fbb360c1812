import type { UserScope } from '../../user-scope/user-scope';
import {
  type CompiledStatement,
  numbersOf,
  type Row,
  type StatementValue,
} from '../compiled-statement';
import { type KeyedWrite, KeyUsedError, keyUseOf } from '../keyed-write';

/** `implicit`: everything before one Sync is one transaction. `transaction`: BEGIN … COMMIT. */
export type ScopeMode = 'implicit' | 'transaction';

/** A statement of one request, as a batch sends it. */
export interface ScopedStatement {
  readonly scope: UserScope;
  readonly statement: CompiledStatement;
  readonly values: readonly StatementValue[];
  /** Of a write that is made once. */
  readonly keyed?: KeyedWrite | undefined;
}

export const BEGIN: CompiledStatement = { name: 'begin_scope', text: 'begin' };
export const COMMIT: CompiledStatement = { name: 'commit_scope', text: 'commit' };

/** The scope of `transaction`, which works wherever there is a transaction. */
export const ENTER_SCOPE_SQL = 'select enter_scope($1::uuid)';
/** The same for a statement that takes numbers; a transaction may take numbers as often as it likes. */
export const ENTER_CHANGE_SQL = 'select enter_change($1::uuid, $2::int)';

const ENTER_SCOPE: Readonly<Record<ScopeMode, CompiledStatement>> = {
  implicit: { name: 'enter_scope', text: `select pg_catalog.set_config('app.user_id', $1, true)` },
  transaction: { name: 'enter_scope', text: ENTER_SCOPE_SQL },
};

/** For a statement that writes tasks; it also enters the scope, and returns whether the feed is watched. */
const ENTER_CHANGE: CompiledStatement = {
  name: 'enter_change',
  text: ENTER_CHANGE_SQL,
};

/** The same for a statement that runs once under its key, and the statement that stores the reply. */
const ENTER_CHANGE_ONCE: CompiledStatement = {
  name: 'enter_change_once',
  text: 'select * from enter_change_once($1::uuid, $2::int, $3::uuid, $4::uuid)',
};
const KEEP_REPLY: CompiledStatement = {
  name: 'keep_reply',
  text: 'select keep_reply($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::smallint)',
};

/** @param entry what `enter_change` answered */
export function isWatched([row]: readonly Row[]): boolean {
  return row?.[0] === 't';
}

/** @param timeoutMs limits the next statement, since a change does not act on the current one */
function within(enter: CompiledStatement, timeoutMs: number | undefined): CompiledStatement {
  if (timeoutMs === undefined) return enter;
  const limit = `pg_catalog.set_config('statement_timeout', '${timeoutMs}', true)`;
  return { name: '', text: `${enter.text}, ${limit}` };
}

/** What a session must have prepared before it can run scoped queries by name. */
export function scopeStatements(mode: ScopeMode): readonly CompiledStatement[] {
  const entries = [ENTER_SCOPE[mode], ENTER_CHANGE, ENTER_CHANGE_ONCE, KEEP_REPLY];
  return mode === 'implicit' ? entries : [BEGIN, ...entries, COMMIT];
}

/** The statement that enters the scope of another, and its values. */
export function entryOf(
  { scope: { userId }, statement, values, keyed }: ScopedStatement,
  { mode, timeoutMs }: { readonly mode: ScopeMode; readonly timeoutMs?: number | undefined },
): readonly [CompiledStatement, readonly StatementValue[]] {
  const numbers = numbersOf(statement, values);
  if (numbers === undefined) return [within(ENTER_SCOPE[mode], timeoutMs), [userId]];
  const entered = [userId, String(numbers)];
  return keyed === undefined
    ? [within(ENTER_CHANGE, timeoutMs), entered]
    : [ENTER_CHANGE_ONCE, [...entered, keyed.key, keyed.request]];
}

/** What follows a statement in its scope. */
export function keepingOf({
  scope: { userId },
  keyed,
}: ScopedStatement): readonly [CompiledStatement, readonly StatementValue[]] | undefined {
  if (keyed === undefined) return undefined;
  const { key, request, taskId, status } = keyed;
  return [KEEP_REPLY, [userId, key, request, taskId, String(status)]];
}

/** Why a statement did nothing under its key. @param entry what `enter_change_once` answered */
export function refusalOf(
  keyed: KeyedWrite | undefined,
  [row]: readonly Row[],
): KeyUsedError | undefined {
  const use = keyed && row && keyUseOf(row);
  return use && new KeyUsedError(use);
}
