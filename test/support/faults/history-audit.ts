import type { TestDatabase } from '../database/test-database';
import type { Caller } from '../app/tokens';

export interface StoredTask {
  readonly user_id: string;
  readonly id: string;
  readonly title: string;
  readonly version: string;
}

/** Every task, asked of PostgreSQL itself. */
export function storedTasks(database: TestDatabase): Promise<readonly StoredTask[]> {
  return database.query<StoredTask & Record<string, unknown>>(
    'select user_id, id, title, version from tasks',
  );
}

/** What a client was told. */
interface Told {
  readonly tasks: ReadonlyMap<string, { readonly title: string; readonly version: string }>;
  readonly deleted: readonly string[];
}

/** Compares what is stored with what clients were told. */
export class HistoryAudit {
  readonly lost: string[] = [];
  readonly #breaches: string[] = [];
  readonly #storedById: ReadonlyMap<string, StoredTask>;
  readonly #explained = new Set<string>();

  constructor(
    private readonly stored: readonly StoredTask[],
    private readonly inDoubt: ReadonlySet<string>,
  ) {
    this.#storedById = new Map(stored.map((task) => [task.id, task]));
  }

  check({ userId }: Caller, { tasks, deleted }: Told): void {
    for (const [id, { title, version }] of tasks) {
      const found = this.#storedById.get(id);
      const isThere =
        found?.user_id === userId && found.title === title && found.version === version;
      if (!isThere) this.lost.push(`${id} ${title} ${version}: ${JSON.stringify(found)}`);
      this.#explained.add(id);
    }
    for (const id of deleted) {
      if (this.#storedById.has(id)) this.#breaches.push(`${id} was deleted, and is back`);
    }
  }

  /** To be asked when every client has been checked. */
  breachesOf(clients: readonly { readonly caller: Caller }[]): readonly string[] {
    const userIds = new Set(clients.map(({ caller }) => caller.userId));
    const titles = new Set<string>();
    for (const task of this.stored) {
      if (!userIds.has(task.user_id)) continue;
      if (titles.has(task.title)) this.#breaches.push(`twice: ${task.title}`);
      titles.add(task.title);
      if (!task.title.startsWith(`of ${task.user_id} `)) {
        this.#breaches.push(`of another user: ${JSON.stringify(task)}`);
      }
      if (!this.#explained.has(task.id) && !this.inDoubt.has(task.title)) {
        this.#breaches.push(`nobody asked for it: ${JSON.stringify(task)}`);
      }
    }
    return this.#breaches;
  }
}
