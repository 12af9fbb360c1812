import { TODAY } from '../../database/compiled-statement';
import { contentSince, tombstonesSince } from './trash-age';

/** Where a batch of rows has the key of a table. */
const sameRow = (table: string, key: readonly string[]): string =>
  key.map((column) => `${table}.${column} = batch.${column}`).join(' and ');

const OF_TRASH = sameRow('trash', ['user_id', 'id']);
const OF_REPLIES = sameRow('replies', ['user_id', 'day', 'key']);

/**
 * What has expired, of everybody, also of users who never delete a task again: for the owner of the
 * tables, in batches of rows.
 * @param trashDays TRASH_DAYS
 */
export function expired(
  trashDays: number,
): readonly { readonly table: string; readonly statement: string }[] {
  const days = String(trashDays);
  return [
    {
      table: 'trash',
      statement: `update trash set task = null from batch
        where ${OF_TRASH} and trash.task is not null and trash.version < ${contentSince(days)}`,
    },
    {
      table: 'trash',
      statement: `delete from trash using batch
        where ${OF_TRASH} and trash.version < ${tombstonesSince(days)}`,
    },
    {
      table: 'replies',
      statement: `delete from replies using batch
        where ${OF_REPLIES} and replies.day < ${TODAY} - 1`,
    },
  ];
}
