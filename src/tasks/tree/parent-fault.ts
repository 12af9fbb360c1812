import { ProblemError } from '../../problems/problem-error';
import { TREE_LEVELS_MAX } from '../task.entity';

/** Foreign, deleted and missing tasks get the same answer. */
export const NO_SUCH_TASK = 'must be the id of a task of this user that has not been deleted';

/** Why a task cannot have a parent. */
const DETAILS = {
  missing: NO_SUCH_TASK,
  itself: 'must not be the task itself',
  below: 'must not be a task below this one: give that one another parent first',
  deep: `must leave the tree with at most ${TREE_LEVELS_MAX} levels; the subtasks of the task come along`,
  /** A lane would have to look at too many subtasks to know. The pool looks at all. */
  large: 'must be a parent of fewer tasks',
} as const;

export type ParentFault = keyof typeof DETAILS;

export function parentInvalid(fault: ParentFault): ProblemError {
  const faults = [{ pointer: '/parent_id', detail: DETAILS[fault] }];
  return new ProblemError('parent-invalid', { faults });
}
