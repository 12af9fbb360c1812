import type { UserScope } from '../../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from '../compiled-statement';
import type { KeyedWrite } from '../keyed-write';
import { MIN_COST } from './limits';

/** A statement of one request, from the moment it is asked for until its request is answered. */
export interface PendingStatement {
  readonly scope: UserScope;
  readonly statement: CompiledStatement;
  readonly values: readonly StatementValue[];
  /** Of a write that is made once. */
  readonly keyed?: KeyedWrite | undefined;
  /** The fraction of a batch that it uses. */
  readonly cost: number;
  /** How many more lanes may try it. */
  lanesLeft: number;
  /** When its present lane took it, on the clock of `performance`. */
  queuedAt: number;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: Error) => void;
}

/** How a statement shall run. */
export interface LaneRun {
  /** The fraction of a batch that it uses at least, where more is known than the statement says. */
  readonly minCost?: number | undefined;
  /** It is a write that is made once. */
  readonly keyed?: KeyedWrite | undefined;
}

/** @param atLeast what is known beyond the statement itself, such as how long the user's tasks are */
export function costOf(
  statement: CompiledStatement,
  values: readonly StatementValue[],
  atLeast = 0,
): number {
  return Math.max(MIN_COST, atLeast, statement.cost?.(values) ?? 0);
}

export function totalCost(statements: readonly PendingStatement[]): number {
  return statements.reduce((sum, { cost }) => sum + cost, 0);
}
