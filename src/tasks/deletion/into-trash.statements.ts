import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { CHANGE_NUMBER } from '../../database/change-number';

const INTO_TRASH = `insert into trash as tombstone (user_id, id, version, deleted_at, task)
  select :owner::uuid, id, ${CHANGE_NUMBER}, now(),
    case when :days::int > 0 then to_jsonb(written) end
  from written
  on conflict (user_id, id) do update
    set version = excluded.version, deleted_at = excluded.deleted_at, task = excluded.task`;

/** Of the deletion, if there was one. */
export const NUMBER = `case when written.id is not null then ${CHANGE_NUMBER} end`;

/**
 * Moves what a query deletes into the trash. The row there stands for the deleted task: its version is
 * the number of the deletion.
 * @param query has the deletion, whole rows of it, in a common table expression that is called `written`;
 * `:days` is TRASH_DAYS
 */
export function intoTrash<Written extends ObjectLiteral>(
  query: SelectQueryBuilder<Written>,
): SelectQueryBuilder<Written> {
  return query.addCommonTableExpression(INTO_TRASH, 'trashed');
}
