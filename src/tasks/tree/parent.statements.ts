import { TREE_LEVELS_MAX } from '../task.entity';

/** Subtasks that a statement on a lane looks at. */
export const SUBTASKS_ON_LANE = 1_000;

export interface Family {
  readonly owner: string;
  readonly id: string;
  readonly parent: string;
  /** The most tasks below the task that are looked at; null means all. */
  readonly most: string;
}

/**
 * What keeps a task from having a parent, a ParentFault or null, in SQL. It holds under
 * concurrency: each write waits for the feed of the user before its snapshot is taken, so it sees
 * the write before (docs/decisions/0041-trees-and-order.md).
 *
 * A missing parent counts as a level, since it may be restored.
 */
export function parentFaultSql({ owner, id, parent, most }: Family): string {
  return `case
    when ${parent} = ${id} then 'itself'
    when not exists (select from tasks where user_id = ${owner} and id = ${parent}) then 'missing'
    else (${treeFaultSql({ owner, id, parent, most })})
  end`;
}

/**
 * The same for a parent that may be missing. LIMIT and OFFSET keep each step a look-up by its
 * index: PostgreSQL, which cannot know how short a tree is, would read all of the index to join
 * with it.
 */
export function treeFaultSql({ owner, id, parent, most }: Family): string {
  return `with recursive up (parent_id, level) as (
      select parent_id, 1 from tasks where user_id = ${owner} and id = ${parent}
      union all
      select above.parent_id, up.level + 1
      from up cross join lateral (
        select parent_id from tasks where user_id = ${owner} and id = up.parent_id limit 1
      ) above
      where up.level < ${TREE_LEVELS_MAX}
    ), down (id, level) as (
      select ${id}, 1
      union all
      select below.id, down.level + 1
      from down cross join lateral (
        select id from tasks where user_id = ${owner} and parent_id = down.id offset 0
      ) below
      where down.level < ${TREE_LEVELS_MAX}
    ), seen (levels, tasks) as (
      select max(level), count(*) from (select level from down limit ${most} + 1) looked_at
    )
    select case
      when bool_or(parent_id = ${id}) then 'below'
      when (select tasks from seen) > ${most} then 'large'
      when coalesce(max(level + (parent_id is not null)::int), 1) + (select levels from seen)
        > ${TREE_LEVELS_MAX} then 'deep'
    end
    from up`;
}
