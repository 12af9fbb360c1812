import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The primary key is the only index: reads, keyset lists and HOT updates all use it. The fill
 * factor leaves room on each page for the next version of a row.
 */
export class CreateTasks1795305600002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tasks (
        user_id     uuid           not null,
        id          uuid           not null,
        title       text           not null,
        description text,
        completed   boolean        not null,
        version     bigint         not null,
        created_at  timestamptz(3) not null,
        updated_at  timestamptz(3) not null,
        constraint pk_tasks primary key (user_id, id),
        constraint fk_tasks_user_id foreign key (user_id) references users (id) on delete cascade,
        constraint ck_tasks_title_length check (char_length(title) between 1 and 200),
        constraint ck_tasks_description_length check (char_length(description) <= 10000)
      ) with (fillfactor = 85)`);
    await runner.query('alter table tasks enable row level security, force row level security');
    await runner.query(`
      create policy own_tasks on tasks to task_api
        using (user_id = nullif(current_setting('app.user_id', true), '')::uuid)
        with check (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`);
    await runner.query('grant select, insert, update, delete on tasks to task_api');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table tasks');
  }
}
