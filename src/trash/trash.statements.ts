import type { Repository } from 'typeorm';
import { CHANGE_NUMBER, type CompiledStatement } from '../database/compiled-statement';
import { contentSince, LATEST_CONTENT } from '../tasks/deletion/expiry.statements';
import { trashedTask } from '../tasks/deletion/trashed-task.statements';
import { costOfPage, TASK_COLUMNS, type TaskColumn } from '../tasks/task-fields';
import type { Task } from '../tasks/task.entity';
import { treeFaultSql } from '../tasks/tree/parent.statements';
import { LATER } from '../tasks/writes/written-columns';

/** Of a list: no number of a feed is larger. */
export const LARGEST_NUMBER = String(2n ** 63n - 1n);

/** The owner first, as in every insert. */
const WRITTEN: readonly TaskColumn[] = [
  'user_id',
  ...TASK_COLUMNS.filter((column) => column !== 'user_id'),
];

/** Why it cannot have its own parent: that would now make a circle, or a tree that is too deep. */
const FAULT = `case when stored.parent_id is not null then (
    ${treeFaultSql({ owner: '$1', id: '$2::uuid', parent: 'stored.parent_id', most: '$4::int' })}
  ) end`;

/** Its own, unless a task that was imported has it. */
const POSITION_AGAIN = `case
    when not exists (select from tasks where user_id = $1 and position = stored.position)
    then stored.position
  end`;

export type TrashStatements = ReturnType<typeof trashStatements>;

/**
 * Every statement on the trash of one user, composed once, at start; `$1` is the owner, `$2` the id
 * of a task, `$3` TRASH_DAYS. Older rows count as missing, even before a sweep.
 */
export function trashStatements(tasks: Repository<Task>) {
  const { from, columns } = trashedTask(tasks);
  const kept = `trash.task is not null and trash.version >= ${contentSince('$3')}`;

  const listed = columns({ version: 'trash.version' });
  const page = `select ${TASK_COLUMNS.map((column) => listed[column]).join(', ')}, trash.deleted_at
    from ${from('trash')}
    where trash.user_id = $1 and trash.task is not null
      and trash.version < $2::bigint and trash.version >= ${contentSince('$3')}
    order by trash.${LATEST_CONTENT}
    limit $4::int`;

  const restored = columns({
    user_id: '$1::uuid',
    parent_id: '(select parent_id from looked_at where fault is null)',
    position: POSITION_AGAIN,
    version: CHANGE_NUMBER,
    updated_at: LATER,
  });
  const shown = (table: string): string =>
    TASK_COLUMNS.map((column) => `${table}.${column}`).join(', ');
  return {
    /**
     * [number below which, TRASH_DAYS, limit]: last deleted first; the limit is one more than the page
     * has. The version of each row is the number of its deletion, and `deleted_at` is behind it.
     */
    list: { name: 'trash_list', cost: costOfPage, text: page },
    /**
     * [id, TRASH_DAYS, `most` of a Family]: the task, which is a change of it. The last column has the
     * ParentFault, with which it is restored without a parent; `large` alone keeps it in the trash.
     */
    restore: {
      name: 'trash_restore',
      numbers: 1,
      text: `with looked_at as (
          select stored.parent_id, ${FAULT} as fault
          from ${from('trash')}
          where trash.user_id = $1 and trash.id = $2 and ${kept}
        ), taken as (
          delete from trash
          where user_id = $1 and id = $2 and ${kept}
            and (select fault from looked_at) is distinct from 'large'
          returning trash.*
        ), made as (
          insert into tasks as restored (${WRITTEN.join(', ')})
          select ${WRITTEN.map((column) => restored[column]).join(', ')}
          from ${from('taken as trash')}
          returning ${shown('restored')}
        )
        select ${shown('made')}, looked_at.fault
        from looked_at left join made on true`,
    },
    /**
     * [id, TRASH_DAYS]: rows of (id). What was replied to writes of the task goes with its content. It
     * locks more than the row of its task, so it is sent alone.
     */
    purge: {
      name: 'trash_purge',
      numbers: 1,
      cost: () => 1,
      text: `with emptied as (
          update trash set task = null, version = ${CHANGE_NUMBER}
          where user_id = $1 and id = $2 and ${kept} returning id
        ), forgotten as (
          delete from replies
          where user_id = $1 and task_id = $2::uuid and exists (select from emptied)
        )
        select id from emptied`,
    },
  } as const satisfies Record<string, CompiledStatement>;
}

/** The same page with a last column, which counts all pages; all others are null where it is empty. */
export function countedPage({ list }: TrashStatements): string {
  return `select page.*, counted.total
    from (
      select count(*) as total from trash
      where user_id = $1 and task is not null and version >= ${contentSince('$3')}
    ) counted left join (${list.text}) page on true
    order by page.version desc`;
}
