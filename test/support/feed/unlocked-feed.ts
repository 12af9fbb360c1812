import { publishedWorkers } from '../database/test-cluster';
import type { TestDatabase } from '../database/test-database';

/**
 * The feed as it must not be: a write takes its number before it waits for the others. What commits late
 * has then an earlier number than a reader has seen.
 */
export async function unlockFeeds(database: TestDatabase): Promise<void> {
  await database.query('create sequence feed_numbers');
  await database.query(
    `select setval('feed_numbers', (date_part('epoch', now()) * 1000000)::bigint)`,
  );
  await database.query('grant usage on sequence feed_numbers to task_api');
  await database.query(`
    create or replace function enter_change(the_user uuid, width integer) returns boolean
    language plpgsql volatile as $$
    declare
      change  bigint := nextval('feed_numbers');
      watched boolean;
      clock   timestamptz := now();
    begin
      set local citus.propagate_set_commands = 'local';
      execute format('set local app.user_id = %L', the_user);
      execute format('set local app.change = %L', change);
      perform pg_sleep(random() * 0.004);
      update feeds set last_change = greatest(last_change, change) where user_id = the_user
        returning watched_until > clock into watched;
      if not found then
        perform from users where id = the_user;
        if found then
          insert into feeds (user_id, since, last_change) values (the_user, change, change)
            on conflict do nothing;
        end if;
      end if;
      return coalesce(watched, false);
    end
    $$`);
}

/**
 * Commits take some milliseconds, as on a disk: meanwhile a number is taken, and nobody sees it. On Citus,
 * which has no triggers, they take the way to a worker and back.
 */
export async function slowCommits(database: TestDatabase): Promise<void> {
  if (publishedWorkers().length > 0) return;
  await database.query(`
    create function pause() returns trigger language plpgsql as $$
    begin
      perform pg_sleep(random() * 0.004);
      return null;
    end
    $$`);
  await database.query(`
    create constraint trigger pause after insert or update or delete on tasks
    deferrable initially deferred for each row execute function pause()`);
}
