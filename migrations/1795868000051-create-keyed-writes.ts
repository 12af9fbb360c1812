import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a write with an Idempotency-Key sends before and after its statement, in the same transaction.
 *
 * `enter_change_once` takes the place of `enter_change`. Where the key has been used, or no more replies
 * may be stored today, it leaves the scope empty: to the statement that follows there is nothing to read
 * or write, and it says so without an error. It looks under the lock of the feed, so of two requests with
 * one key the second finds the reply of the first, however close together they are.
 *
 * `keep_reply` stores the reply if the statement has written its task, or its row in the trash: that has
 * the number of this change as its version. A day is one of the feed's numbers, not of the clock. So it
 * never goes back, and a reply is found for a day at least, and for two at most.
 */
export class CreateKeyedWrites1795868000051 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function enter_change_once(
        the_user uuid, width integer, the_key uuid, the_request uuid,
        out watched boolean, out is_full boolean, out is_same boolean,
        out the_task uuid, out its_version bigint, out its_status smallint
      )
      language plpgsql volatile as $$
      declare
        today integer;
      begin
        watched := enter_change(the_user, width);
        today := nullif(pg_catalog.current_setting('app.change'), '')::bigint / 86400000000;
        select reply.key is null and feeds.replies_day = today and feeds.replies >= 10000,
            reply.request = the_request, reply.task_id, reply.version, reply.status
          into is_full, is_same, the_task, its_version, its_status
          from feeds
            left join replies as reply
              on reply.user_id = the_user and reply.day in (today - 1, today) and reply.key = the_key
          where feeds.user_id = the_user;
        if is_full or its_status is not null then
          set local app.user_id = '';
        end if;
      end
      $$`);
    await runner.query(`
      create function keep_reply(
        the_user uuid, the_key uuid, the_request uuid, the_task uuid, the_status smallint
      ) returns void
      language plpgsql volatile as $$
      declare
        change bigint  := nullif(pg_catalog.current_setting('app.change'), '');
        today  integer := change / 86400000000;
      begin
        perform from tasks where user_id = the_user and id = the_task and version = change;
        if not found then
          perform from trash where user_id = the_user and id = the_task and version = change;
        end if;
        if found then
          delete from replies
            where user_id = the_user and day < today - 1 and (day, key) in (
              select old.day, old.key
              from replies as old
              where old.user_id = the_user and old.day < today - 1
              order by old.day, old.key
              limit 4
            );
          insert into replies (user_id, day, key, request, task_id, version, status)
            values (the_user, today, the_key, the_request, the_task, change, the_status);
          update feeds
            set replies = case when replies_day = today then replies + 1 else 1 end,
              replies_day = today
            where user_id = the_user;
        end if;
      end
      $$`);
    for (const name of SIGNATURES) {
      await runner.query(`revoke execute on function ${name} from public`);
      await runner.query(`grant execute on function ${name} to task_api`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of SIGNATURES) await runner.query(`drop function ${name}`);
  }
}

const SIGNATURES = [
  'enter_change_once(uuid, integer, uuid, uuid)',
  'keep_reply(uuid, uuid, uuid, uuid, smallint)',
];
