import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many replies a user has stored on a day, so that their limit costs no count of them. */
export class CountReplies1795868000050 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table feeds add column replies_day integer, add column replies integer',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table feeds drop column replies_day, drop column replies');
  }
}
