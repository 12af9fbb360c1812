import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { CHANGE_NUMBER } from '../../database/change-number';
import { contentSince, OLDEST_CONTENT, tombstonesSince } from './trash-age';

/** Few enough to cost next to nothing, and more than a deletion adds. */
const EMPTIED_ROWS = 4;

/**
 * Beside the deleted task, what is due of the same user: of the oldest rows some are written anew without
 * their content, and the oldest tombstone goes. No row is touched twice. Each way to a row is one that
 * PostgreSQL cannot miss, whatever it knows of the table: by the order of an index, or by a whole key.
 */
const INTO_TRASH: Readonly<Record<string, string>> = {
  trashed: `insert into trash as tombstone (user_id, id, version, deleted_at, task)
    select :owner::uuid, id, ${CHANGE_NUMBER}, now(),
      case when :days::int > 0 then to_jsonb(written) end
    from written
    union all (
      select user_id, id, version, deleted_at, null
      from trash
      where user_id = :owner and id <> :id and task is not null
        and version < ${contentSince(':days')} and version >= ${tombstonesSince(':days')}
      order by ${OLDEST_CONTENT}
      limit ${EMPTIED_ROWS}
    )
    on conflict (user_id, id) do update
      set version = excluded.version, deleted_at = excluded.deleted_at, task = excluded.task
    returning tombstone.version`,
  forgotten: `delete from trash
    where user_id = :owner and id = (
      select id from trash
      where user_id = :owner and id <> :id and version < ${tombstonesSince(':days')}
      order by version
      limit 1
    )`,
};

/**
 * Moves what a query deletes into the trash. The row there stands for the deleted task: its version is
 * the number of the deletion. What is too old goes at the same time.
 * @param query has the deletion, whole rows of it, in a common table expression that is called `written`;
 * `:days` is TRASH_DAYS
 */
export function intoTrash<Written extends ObjectLiteral>(
  query: SelectQueryBuilder<Written>,
): SelectQueryBuilder<Written> {
  for (const [name, text] of Object.entries(INTO_TRASH)) {
    query.addCommonTableExpression(text, name);
  }
  return query;
}
