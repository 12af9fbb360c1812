import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { ChangesRepository } from '../../../src/changes/changes.repository';
import type { DatabaseEndpoint } from '../../../src/database/session/connection-settings';
import { dataSourceOptions } from '../../../src/database/schema/data-source-options';
import { DatabaseSession } from '../../../src/database/session/database-session';
import { Lanes } from '../../../src/database/lanes/lanes';
import { ScopedPool } from '../../../src/database/pool/scoped-pool';
import { DATABASE_WAITS, type DatabaseWaits } from '../../../src/database/limits';
import { FeedMarksRepository } from '../../../src/events/feed-marks.repository';
import { PageReader } from '../../../src/tasks/pages/page-reader';
import { Task } from '../../../src/tasks/task.entity';
import { TaskOrderRepository } from '../../../src/tasks/task-order.repository';
import { TasksRepository } from '../../../src/tasks/tasks.repository';
import { TrashRepository } from '../../../src/trash/trash.repository';
import { TrashedTask } from '../../../src/trash/trashed-task.entity';
import { UserScope } from '../../../src/user-scope/user-scope';
import { User } from '../../../src/users/user.entity';
import { UsersRepository } from '../../../src/users/users.repository';
import { testEnv } from '../app/test-env';

/** The tables, as TypeORM knows them. */
export const ENTITIES = [User, Task, TrashedTask];

/** The part of the application below its services: sessions, lanes, pool and repositories. */
export class Persistence {
  private constructor(
    readonly session: DatabaseSession,
    readonly source: DataSource,
    readonly lanes: Lanes,
    readonly pool: ScopedPool,
    readonly tasks: TasksRepository,
    readonly trash: TrashRepository,
    readonly users: UsersRepository,
    readonly changes: ChangesRepository,
    readonly marks: FeedMarksRepository,
    readonly order: TaskOrderRepository,
  ) {}

  static async open(
    { api }: DatabaseEndpoint,
    variables: Readonly<Record<string, string>> = {},
    waits: DatabaseWaits = DATABASE_WAITS,
  ): Promise<Persistence> {
    const env = testEnv(variables);
    const session = await DatabaseSession.negotiate(api, waits);
    const source = await new DataSource(
      dataSourceOptions(session.config, 2, ENTITIES),
    ).initialize();
    const lanes = new Lanes(session, env);
    const pool = new ScopedPool(session, env, 'searches');
    const pages = new PageReader(lanes, pool);
    const tasks = new TasksRepository(source.getRepository(Task), pages, pool, env);
    const trash = new TrashRepository(source.getRepository(Task), pages, pool, env);
    const users = new UsersRepository(source.getRepository(User), lanes, pool);
    const changes = new ChangesRepository(lanes, pages);
    const marks = new FeedMarksRepository(lanes);
    const order = new TaskOrderRepository(source.getRepository(Task), pages, pool);
    await lanes.open();
    return new Persistence(
      session,
      source,
      lanes,
      pool,
      tasks,
      trash,
      users,
      changes,
      marks,
      order,
    );
  }

  /** The scope of somebody new who has an account. */
  async newUser(email: string | null = null): Promise<UserScope> {
    const scope = UserScope.of(randomUUID());
    await this.users.insert(scope, email);
    return scope;
  }

  async close(): Promise<void> {
    await this.lanes.close();
    await this.pool.close();
    await this.source.destroy();
  }
}
