import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whose subtask a task is, and where it stands in the order of its user. Both are null until somebody
 * says otherwise, so no row is written anew. There is no foreign key to the parent: a deleted task leaves
 * its subtasks where they are, and has them again when it is restored.
 */
export class AddParentsAndPositions1795880000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table tasks
        add column parent_id uuid,
        add column position  text collate "C",
        add constraint ck_tasks_parent_id check (parent_id <> id) not valid,
        add constraint ck_tasks_position check (position ~ '^[0-9A-Za-z]{1,200}$') not valid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table tasks
        drop column parent_id,
        drop column position`);
  }
}
