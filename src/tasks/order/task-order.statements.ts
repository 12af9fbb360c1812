import type { Repository } from 'typeorm';
import {
  CHANGE_NUMBER,
  type CompiledStatement,
  composeStatement,
} from '../../database/compiled-statement';
import { conditionalWrites } from '../writes/conditional-writes.statements';
import { positionSql, turnOf } from '../task-fields';
import type { Task } from '../task.entity';
import { updateTask } from '../writes/write-task.statements';

const POSITION = positionSql();
const positionOf = (id: string): string =>
  `(select ${POSITION} from tasks where user_id = :owner and id = ${id})`;

/** Two look-ups by key. */
const GIVEN = `select
    :after::uuid as low_id, ${positionOf(':after::uuid')} as low,
    :before::uuid as high_id, ${positionOf(':before::uuid')} as high`;

/**
 * The nearest of all tasks of the user on the other side of the given one. Moved tasks are in the order of an
 * index, all others in the opposite order of their ids.
 */
const NEAREST = (sign: '<' | '>', given: 'low' | 'high'): string => {
  const [direction, opposite, beyond] = sign === '<' ? ['desc', 'asc', '>='] : ['asc', 'desc', '<'];
  return `lateral (
      select id, position from (
        (
          select id, position from tasks
          where user_id = :owner and position is not null
            and id <> :id::uuid and position ${sign} given.${given}
          order by position ${direction} limit 1
        )
        union all
        (
          select id, ${POSITION} from tasks
          where user_id = :owner and position is null
            and id <> :id::uuid and id <> given.${given}_id and id ${beyond} given.${given}_turn
          order by id ${opposite} limit 1
        )
      ) candidate
      order by position ${direction} limit 1
    )`;
};
/** OFFSET keeps functions out of the conditions, which could use no index behind row-level security. */
const FOUND = `select
    coalesce(given.low_id, nearest_below.id) as low_id,
    coalesce(given.low, nearest_below.position) as low,
    coalesce(given.high_id, nearest_above.id) as high_id,
    coalesce(given.high, nearest_above.position) as high
  from (
      select *, ${turnOf('low')} as low_turn, ${turnOf('high')} as high_turn from given offset 0
    ) given
    left join ${NEAREST('<', 'high')} nearest_below on given.low_id is null
    left join ${NEAREST('>', 'low')} nearest_above on given.high_id is null`;

/**
 * At the beginning it stays within the millisecond in which the next task was created, so that
 * tasks created later come first.
 */
const PLACE = `select neighbours.*,
    position_between(coalesce(low, left(high, 12)), high, ${CHANGE_NUMBER}) as position
  from neighbours`;

/** If there is no room, the neighbour with the shorter position has more room on its other side. */
const VERDICT = `select place.position, case
    when current.version <> all (:versions::bigint[]) then null
    when :after::uuid is not null and low is null then 'after'
    when :before::uuid is not null and high is null then 'before'
    when low >= high then 'order'
    when place.position is null then
      case when high is null or length(low) <= length(high) then low_id else high_id end::text
  end as fault
  from place, current`;

const MOVE = ['id', 'after', 'before', 'versions'];

export type OrderStatements = ReturnType<typeof orderStatements>;

/**
 * Moves of a task, composed once, at start; `$1` is the owner. The row is one of TASK_COLUMNS, whose last
 * column says why the task was kept where it is: MoveFault.
 */
export function orderStatements(tasks: Repository<Task>) {
  const { unlessFaulty } = conditionalWrites(tasks);
  const move = (neighbours: string): string => {
    const write = updateTask(tasks, { position: '(select position from verdict)' });
    const expressions = { given: GIVEN, neighbours, place: PLACE, verdict: VERDICT };
    return composeStatement(unlessFaulty(write, expressions), MOVE);
  };
  return {
    /** [id, id of the task before it, id of the one behind it, versions | null] */
    moveBetween: { name: 'task_move_between', numbers: 1, text: move('select * from given') },
    /** The same if one neighbour is null: it searches all tasks, so it runs on the pool. */
    moveBeside: { name: 'task_move_beside', numbers: 1, text: move(FOUND) },
  } as const satisfies Record<string, CompiledStatement>;
}
