import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CreateEnterChange1795868000001 } from './1795868000001-create-enter-change';

/**
 * Sets the scope and the number by `set_config`. `SET LOCAL` has to be parsed anew by each write, which took
 * 5 % of its time, and only distributed PostgreSQL (Citus) needs it: it hands nothing else on to its workers.
 * No released server knows the function, so none compares its body.
 */
export class QuickenEnterChange1795882000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function enter_change(the_user uuid, width integer) returns boolean
      language plpgsql volatile as $$
      declare
        clock          timestamptz := pg_catalog.now();
        first          bigint := (pg_catalog.date_part('epoch', clock) * '1000000'::double precision)::bigint;
        is_distributed boolean := pg_catalog.current_setting('citus.shard_count', true) is not null;
        setting        text;
        change         bigint;
        watched        boolean;
      begin
        if is_distributed then
          set local citus.propagate_set_commands = 'local';
          execute pg_catalog.format('set local app.user_id = %L', the_user);
        else
          setting := pg_catalog.set_config('app.user_id', the_user::text, true);
        end if;
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
        setting := coalesce(change::text, '');
        if is_distributed then
          execute pg_catalog.format('set local app.change = %L', setting);
        else
          setting := pg_catalog.set_config('app.change', setting, true);
        end if;
        return coalesce(watched, false);
      end
      $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const before = new CreateEnterChange1795868000001();
    await before.down(runner);
    await before.up(runner);
  }
}
