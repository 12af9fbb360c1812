import type { TestDatabase } from '../database/test-database';

/**
 * The feed as it must not be: numbers come from a sequence, no write waits for another, and the last
 * change is the last that a reader can see. What commits late has then an earlier number.
 */
export async function unlockFeeds(database: TestDatabase): Promise<void> {
  await database.query('begin');
  await database.query('alter table feeds rename to unlocked_feeds');
  await database.query('create sequence feed_numbers');
  await database.query(
    `select setval('feed_numbers', (date_part('epoch', now()) * 1000000)::bigint)`,
  );
  await database.query(`
    create view feeds with (security_invoker = true) as
    select user_id, since, watched_until, replies, replies_day, greatest(
      last_change,
      (select max(version) from tasks where tasks.user_id = unlocked_feeds.user_id),
      (select max(version) from trash where trash.user_id = unlocked_feeds.user_id)
    ) as last_change
    from unlocked_feeds`);
  await database.query(`
    create or replace function enter_change(the_user uuid, width integer) returns boolean
    language plpgsql volatile as $$
    declare
      change bigint := nextval('feed_numbers');
    begin
      execute format('set local app.user_id = %L', the_user);
      execute format('set local app.change = %L', change);
      insert into unlocked_feeds (user_id, since, last_change)
        select id, change, change from users where id = the_user
        on conflict do nothing;
      return coalesce(
        (select watched_until > now() from unlocked_feeds where user_id = the_user),
        false
      );
    end
    $$`);
  await database.query('grant select, update on feeds to task_api');
  await database.query('grant usage on sequence feed_numbers to task_api');
  await database.query('commit');
}

/** Commits take some milliseconds, as on a disk: meanwhile a number is taken, and nobody sees it. */
export async function slowCommits(database: TestDatabase): Promise<void> {
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
