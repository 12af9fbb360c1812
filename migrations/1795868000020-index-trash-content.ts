import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/database/online-migrations/concurrent-index';

/**
 * What of the trash still has its content, in the order of deletion: the list reads it from its end, and
 * what is too old is at its beginning. Tombstones, of which there may be many more, are not in it. The
 * place of nulls, which there are none of, makes its order one that no other index has.
 *
 * Most users have next to nothing in the trash. By such averages PostgreSQL would take any index for a
 * row of one user, and read all rows of one who has many. So it is told that users have many.
 */
export class IndexTrashContent1795868000020 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table trash alter column user_id set (n_distinct = 10)');
    await createIndexConcurrently(runner, {
      name: 'ix_trash_content',
      on: 'trash (user_id, version desc nulls last) where task is not null',
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index ix_trash_content');
    await runner.query('alter table trash alter column user_id reset (n_distinct)');
  }
}
