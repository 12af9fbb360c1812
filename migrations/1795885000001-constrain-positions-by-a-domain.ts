import type { MigrationInterface, QueryRunner } from 'typeorm';

const CONDITION = `char_length(value) between 1 and 200 and value !~ '[^0-9A-Za-z]'`;

/**
 * As 1795883000000 does for the other columns. The constraint stays NOT VALID, since the CHECK that it replaces has
 * seen every row.
 */
export class ConstrainPositionsByADomain1795885000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create domain task_position as text collate "C"');
    await runner.query('alter table tasks drop constraint ck_tasks_position');
    await runner.query('alter table tasks alter column position type task_position');
    await runner.query(`
      alter domain task_position add constraint ck_tasks_position check (${CONDITION}) not valid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tasks alter column position type text collate "C"');
    await runner.query('drop domain task_position');
    await runner.query(`
      alter table tasks add constraint ck_tasks_position
        check (${CONDITION.replaceAll(/\bvalue\b/g, 'position')})`);
  }
}
