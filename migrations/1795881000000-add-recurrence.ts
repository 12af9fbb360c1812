import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The rule by which a task recurs, as canonical text, and where it counts from. Constant defaults, so no row
 * is written anew. That a rule has a `due`, and an open task, is no constraint: servers of the earlier
 * version clear the one and complete the other without knowing of the rule.
 */
export class AddRecurrence1795881000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(String.raw`
      alter table tasks
        add column recurrence      text collate "C",
        add column recurrence_from text collate "C" not null default 'due',
        add constraint ck_tasks_recurrence check (
          char_length(recurrence) <= 255
          and recurrence ~ '^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[A-Z0-9,-]+)*$'
        ) not valid,
        add constraint ck_tasks_recurrence_from
          check (recurrence_from in ('due', 'completion')) not valid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table tasks
        drop column recurrence,
        drop column recurrence_from`);
  }
}
