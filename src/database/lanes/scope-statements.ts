import {
  type CompiledStatement,
  numbersOf,
  type Row,
  type StatementValue,
} from '../compiled-statement';
import type { PendingStatement } from './pending-statement';

/** `implicit`: everything before one Sync is one transaction. `transaction`: BEGIN … COMMIT. */
export type ScopeMode = 'implicit' | 'transaction';

/** What a batch needs to know of a statement. */
export type ScopedStatement = Pick<PendingStatement, 'scope' | 'statement' | 'values'>;

export const BEGIN: CompiledStatement = { name: 'begin_scope', text: 'begin' };
export const COMMIT: CompiledStatement = { name: 'commit_scope', text: 'commit' };

const ENTER_SCOPE: Readonly<Record<ScopeMode, CompiledStatement>> = {
  implicit: { name: 'enter_scope', text: `select pg_catalog.set_config('app.user_id', $1, true)` },
  transaction: { name: 'enter_scope', text: 'select enter_scope($1::uuid)' },
};

/** Where the statement writes tasks; it enters the scope as well. It answers whether the feed is watched. */
const ENTER_CHANGE: CompiledStatement = {
  name: 'enter_change',
  text: 'select enter_change($1::uuid, $2::int)',
};

/** @param entry what `enter_change` answered */
export function isWatched([row]: readonly Row[]): boolean {
  return row?.[0] === 't';
}

/** @param timeoutMs limits the statement, which is the next one: a change does not act on the present one */
function within(enter: CompiledStatement, timeoutMs: number | undefined): CompiledStatement {
  if (timeoutMs === undefined) return enter;
  const limit = `pg_catalog.set_config('statement_timeout', '${timeoutMs}', true)`;
  return { name: '', text: `${enter.text}, ${limit}` };
}

/** What a session must have prepared before it can run scoped queries by name. */
export function scopeStatements(mode: ScopeMode): readonly CompiledStatement[] {
  const entries = [ENTER_SCOPE[mode], ENTER_CHANGE];
  return mode === 'implicit' ? entries : [BEGIN, ...entries, COMMIT];
}

/** The statement that enters the scope of another, and its values. */
export function entryOf(
  { scope: { userId }, statement, values }: ScopedStatement,
  { mode, timeoutMs }: { readonly mode: ScopeMode; readonly timeoutMs?: number | undefined },
): readonly [CompiledStatement, readonly StatementValue[]] {
  const numbers = numbersOf(statement, values);
  return numbers === undefined
    ? [within(ENTER_SCOPE[mode], timeoutMs), [userId]]
    : [within(ENTER_CHANGE, timeoutMs), [userId, String(numbers)]];
}
