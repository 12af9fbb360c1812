import type { MigrationInterface, QueryRunner } from 'typeorm';

const OWN = `(user_id = nullif(current_setting('app.user_id', true), '')::uuid)`;

/**
 * The feed of a user: the row that every write of the user locks, and takes its number from; the trash,
 * whose rows are the tombstones; and the replies to writes that carried an Idempotency-Key.
 */
export class CreateFeeds1795868000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table feeds (
        user_id       uuid   not null,
        last_change   bigint not null,
        since         bigint not null,
        watched_until timestamptz(0),
        constraint pk_feeds primary key (user_id),
        constraint fk_feeds_user_id foreign key (user_id) references users (id) on delete cascade
      ) with (fillfactor = 50)`);
    await runner.query(`
      create table trash (
        user_id    uuid           not null,
        id         uuid           not null,
        version    bigint         not null,
        deleted_at timestamptz(3) not null,
        task       jsonb,
        constraint pk_trash primary key (user_id, id),
        constraint fk_trash_user_id foreign key (user_id) references users (id) on delete cascade
      )`);
    await runner.query('create index ix_trash_version on trash (user_id, version)');
    await runner.query(`
      create table replies (
        user_id uuid     not null,
        day     integer  not null,
        key     uuid     not null,
        request uuid     not null,
        task_id uuid     not null,
        version bigint   not null,
        status  smallint not null,
        constraint pk_replies primary key (user_id, day, key),
        constraint fk_replies_user_id foreign key (user_id) references users (id) on delete cascade
      )`);
    await runner.query('alter table feeds enable row level security, force row level security');
    await runner.query(
      `create policy own_feeds on feeds to task_api using ${OWN} with check ${OWN}`,
    );
    await runner.query('grant select, insert, update, delete on feeds to task_api');
    await runner.query('alter table trash enable row level security, force row level security');
    await runner.query(
      `create policy own_trash on trash to task_api using ${OWN} with check ${OWN}`,
    );
    await runner.query('grant select, insert, update, delete on trash to task_api');
    await runner.query('alter table replies enable row level security, force row level security');
    await runner.query(
      `create policy own_replies on replies to task_api using ${OWN} with check ${OWN}`,
    );
    await runner.query('grant select, insert, update, delete on replies to task_api');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table replies, trash, feeds');
  }
}
