import { CHANGE_NUMBER } from '../../database/compiled-statement';
import { FIELD_NAMES } from '../task-fields';

/**
 * The rule of a stored task. Servers of an earlier release leave one behind when they complete a task, or
 * clear its `due`.
 */
export const STORED_RULE = 'case when due is not null and not completed then recurrence end';

/** The day of a due. The cast of a text to a date would do, were it not STABLE, which Citus takes in few places. */
function dayOf(due: string): string {
  return `make_date(left(${due}, 4)::int, substr(${due}, 6, 2)::int, substr(${due}, 9, 2)::int)`;
}

/** Whether a due is an occurrence of a rule, which starts there; true where there is no rule. */
export function ruleFits(rule: string, due: string): string {
  const day = dayOf(due);
  return `coalesce(first_occurrence(${rule}, ${day}, ${day}) = ${day}, (${rule}) is null)`;
}

/** The columns that the next task copies from the completed one. */
const COPIED = FIELD_NAMES.filter((name) => !['completed', 'due', 'recurrence'].includes(name));

/**
 * Inserts the next task where a write has completed one that recurs, with the second number of the write:
 * due at the first occurrence after `due`, or after today, that is not before today. The statement has the
 * task before the write in `current`, and the one after it in `written`; `:next` is the id and `:at` its time.
 * @param rule of the task as it is written, by columns of `current`; a completed task has none any more
 */
export function successorOf(rule: string): string {
  return `insert into tasks as next (user_id, id, ${COPIED.join(', ')},
      completed, due, recurrence, version, created_at, updated_at)
    select :owner::uuid, :next::uuid, ${COPIED.map((name) => `written.${name}`).join(', ')}, false,
      to_char(occurrence.day, 'YYYY-MM-DD') || substr(written.due, 11), before.rule,
      ${CHANGE_NUMBER} + 1, :at::timestamptz(3), :at::timestamptz(3)
    from written
      cross join (select ${rule} as rule from current where not completed) before
      cross join lateral (
        select (now() at time zone coalesce(written.time_zone, 'UTC'))::date as today
      ) clock
      cross join lateral (
        select case written.recurrence_from
          when 'completion' then clock.today
          else ${dayOf('written.due')}
        end as start
      ) origin
      cross join lateral (
        select first_occurrence(
          before.rule, origin.start, greatest(origin.start + 1, clock.today)) as day
      ) occurrence
    where written.completed and occurrence.day is not null
    returning next.id`;
}
