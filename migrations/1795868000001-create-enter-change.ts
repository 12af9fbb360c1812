import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a write sends in the place of `enter_scope`: it sets the scope, locks the feed of the user until
 * the commit, and takes `width` numbers from it, of which the first is `app.change`. The statement that
 * follows sees whatever was written under earlier numbers, since its snapshot is younger than the lock.
 *
 * A number is the clock in microseconds, or one more than the last, so none is used twice: not after a
 * restore, not after the account is erased. Without an account there is no feed and no number.
 *
 * It returns whether anybody watches the feed. `SET LOCAL`, for the reason of `enter_scope`.
 */
export class CreateEnterChange1795868000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function enter_change(the_user uuid, width integer) returns boolean
      language plpgsql volatile as $$
      declare
        clock   timestamptz := pg_catalog.now();
        first   bigint := (pg_catalog.date_part('epoch', clock) * '1000000'::double precision)::bigint;
        change  bigint;
        watched boolean;
      begin
        set local citus.propagate_set_commands = 'local';
        execute pg_catalog.format('set local app.user_id = %L', the_user);
        update feeds set last_change = greatest(last_change + 1, first) + width - 1
          where user_id = the_user
          returning last_change - width + 1, coalesce(watched_until > clock, false) into change, watched;
        if not found then
          perform from users where id = the_user;
          if found then
            insert into feeds as feed (user_id, last_change, since)
              values (the_user, first + width - 1, first)
              on conflict (user_id) do update
                set last_change = greatest(feed.last_change + 1, excluded.since) + width - 1
              returning last_change - width + 1, coalesce(watched_until > clock, false)
              into change, watched;
          end if;
        end if;
        execute pg_catalog.format('set local app.change = %L', coalesce(change::text, ''));
        return coalesce(watched, false);
      end
      $$`);
    await runner.query('revoke execute on function enter_change(uuid, integer) from public');
    await runner.query('grant execute on function enter_change(uuid, integer) to task_api');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function enter_change(uuid, integer)');
  }
}
