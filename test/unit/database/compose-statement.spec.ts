import { beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type Repository } from 'typeorm';
import { composeStatement, LIMIT_PARAMETER } from '../../../src/database/compiled-statement';
import { Task } from '../../../src/tasks/task.entity';
import { User } from '../../../src/users/user.entity';

describe('a composed statement', () => {
  let tasks: Repository<Task>;

  beforeAll(async () => {
    const source = new DataSource({ type: 'postgres', entities: [Task, User] });
    await (source as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
    tasks = source.getRepository(Task);
  });

  it('numbers its parameters by their place in the list, the owner first, each once', () => {
    const update = tasks
      .createQueryBuilder()
      .update()
      .set({ title: () => ':title || :title', completed: () => ':completed' })
      .where('userId = :owner and id = :id');

    expect(composeStatement(update, ['id', 'title', 'completed'])).toBe(
      'UPDATE "tasks" SET "title" = $3 || $3, "completed" = $4 WHERE "user_id" = $1 and "id" = $2',
    );
  });

  it('takes its limit for the last parameter', () => {
    const select = tasks
      .createQueryBuilder('task')
      .select(['task.id', 'task.title'])
      .where('task.userId = :owner and task.id < :below')
      .limit(LIMIT_PARAMETER);

    expect(composeStatement(select, ['below'])).toMatch(/\$1 and "task"\."id" < \$2 LIMIT \$3$/);
  });

  it('does not exist without its owner', () => {
    const select = tasks.createQueryBuilder('task').select('task.id').where('task.id = :id');

    expect(() => composeStatement(select, ['id'])).toThrow('does not name its owner');
  });
});
