import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { hasTime, timeZoneFault } from './time-rules';
import { DONE, DUE_MISFIT, recurrenceFault } from './recurrence-rules';
import type { TaskFields } from './write-task.dto';

type Changes = Partial<TaskFields>;

/**
 * A due without a time has no zone, and a task without a due has no rule, even if the body does not
 * mention them.
 */
export function withCleared(changes: Changes): Changes {
  const { due, time_zone: zone, recurrence } = changes;
  return {
    ...changes,
    ...(due !== undefined && !hasTime(due) && zone === undefined && { time_zone: null }),
    ...(due === null && recurrence === undefined && { recurrence: null }),
  };
}

/** What is wrong with a valid patch for this stored task. */
export function misfits(stored: TaskFields, changes: Changes): readonly RequestFault[] {
  const given = Object.entries<unknown>(withCleared(changes)).filter(
    ([, value]) => value !== undefined,
  );
  const task: TaskFields = { ...stored, ...Object.fromEntries(given) };
  const { recurrence: rule } = changes;
  const faults: RequestFault[] = [];
  const zoneFault = timeZoneFault(task.time_zone, task);
  if (zoneFault !== undefined) faults.push({ pointer: '/time_zone', detail: zoneFault });
  const isForDone = rule != null && stored.completed && changes.completed === undefined;
  const ruleFault = isForDone ? DONE : recurrenceFault(task.recurrence, task);
  if (ruleFault !== undefined) {
    faults.push(
      rule === undefined
        ? { pointer: '/due', detail: DUE_MISFIT }
        : { pointer: '/recurrence', detail: ruleFault },
    );
  }
  return faults;
}

/** @throws ProblemError `validation` if a new task is completed and recurs: it would have no successor */
export function requireOpen({ completed, recurrence }: TaskFields): void {
  if (!completed || recurrence === null) return;
  throw new ProblemError('validation', { faults: [{ pointer: '/recurrence', detail: DONE }] });
}
