import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Constant defaults, so no row is written anew; servers of the earlier version never name these columns. */
export class AddDueDates1795862000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(String.raw`
      alter table tasks
        add column due          text collate "C",
        add column time_zone    text,
        add column priority     smallint not null default 0,
        add column tags         jsonb    not null default '[]',
        add column completed_at timestamptz(3),
        add constraint ck_tasks_due check (due ~ '^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$') not valid,
        add constraint ck_tasks_time_zone
          check (time_zone is null or coalesce(char_length(due), 0) = 16) not valid,
        add constraint ck_tasks_priority check (priority between 0 and 4) not valid,
        add constraint ck_tasks_tags check (jsonb_array_length(tags) <= 10) not valid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table tasks
        drop column due,
        drop column time_zone,
        drop column priority,
        drop column tags,
        drop column completed_at`);
  }
}
