import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { migrations } from '../../migrations';
import { EmptyDatabase } from '../support/database/empty-database';
import { urlOf } from '../support/database/connection-url';
import { aCaller, type Caller, TEST_SECRET } from '../support/app/tokens';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { EarlierRelease, RELEASE_BEFORE } from '../support/processes/earlier-release';
import { describeWith } from '../support/requirements';

jest.setTimeout(120_000);

interface WrittenTask {
  readonly id: string;
  readonly title: string;
  readonly completed: boolean;
}

interface Page {
  readonly items: readonly WrittenTask[];
  readonly next_cursor: string | null;
}

describeWith('releaseBefore', `An upgrade from ${RELEASE_BEFORE.version}`, () => {
  let database: EmptyDatabase;
  let release: EarlierRelease;
  let variables: Readonly<Record<string, string>>;
  let home: ServerHome;
  let before: BuiltServer;
  let after: BuiltServer;
  let client: WritingClient;

  beforeAll(async () => {
    database = await EmptyDatabase.create();
    const { api, owner } = database.endpoint;
    variables = {
      DATABASE_URL: urlOf(api),
      DATABASE_OWNER_URL: urlOf(owner),
      AUTH_SECRET: TEST_SECRET,
      RATE_LIMIT: '0',
    };
    release = EarlierRelease.build();
    home = await ServerHome.empty();
    before = await release.start(variables);
    client = WritingClient.start(await aCaller());
  });
  afterAll(async () => {
    await client.end();
    await before.stop();
    await home.remove();
    release.remove();
    await database.drop();
  });

  it('migrates its schema while it serves, and no request fails', async () => {
    expect(await historyTables()).toEqual(['migrations']);
    client.use(before);
    await client.writes(20);

    after = await home.start(variables);
    await client.writes(20);

    expect(client.failures).toEqual([]);
    expect(await historyTables()).toEqual(['migrations', 'task_api_migrations']);
    const run = await database.query<{ name: string }>(
      'select name from task_api_migrations order by timestamp',
    );
    expect(run.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
  });

  it('lets both releases serve the same tasks', async () => {
    client.use(before, after);
    await client.writes(60);
    await client.end();

    expect(client.failures).toEqual([]);
    for (const server of [before, after])
      expect(await client.tasksOn(server)).toEqual(client.written);
  });

  it('lets that release start again afterwards', async () => {
    await before.stop();
    before = await release.start(variables);

    expect(await client.tasksOn(before)).toEqual(client.written);
  });

  async function historyTables(): Promise<readonly string[]> {
    const rows = await database.query<{ name: string }>(
      `select tablename as name from pg_tables where tablename like '%migrations' order by 1`,
    );
    return rows.map(({ name }) => name);
  }
});

/** One user who creates, completes and reads tasks, on each of the servers in turn. */
class WritingClient {
  readonly failures: unknown[] = [];
  /** As the answers said it, newest first. */
  written: readonly WrittenTask[] = [];
  #servers: readonly BuiltServer[] = [];
  #rounds = 0;
  #ended = false;
  readonly #work: Promise<void>;

  private constructor(private readonly caller: Caller) {
    this.#work = this.#write();
  }

  static start(caller: Caller): WritingClient {
    return new WritingClient(caller);
  }

  use(...servers: readonly BuiltServer[]): void {
    this.#servers = servers;
  }

  /** Fulfils after so many more tasks. */
  async writes(count: number): Promise<void> {
    const target = this.#rounds + count;
    while (this.#rounds < target && this.failures.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#work;
  }

  /** Every task that the server lists, newest first. */
  async tasksOn(server: BuiltServer): Promise<readonly WrittenTask[]> {
    const tasks: WrittenTask[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: Page = await this.#send<Page>(server, 'GET', `?limit=200${query}`);
      tasks.push(...page.items.map(({ id, title, completed }) => ({ id, title, completed })));
      cursor = page.next_cursor;
    }
    return tasks;
  }

  async #write(): Promise<void> {
    while (!this.#ended) {
      await new Promise((resolve) => setImmediate(resolve));
      const [writer, reader = writer] = this.#rotated();
      if (writer === undefined || reader === undefined) continue;
      await this.#round(writer, reader).catch((error: unknown) => this.failures.push(error));
      this.#rounds += 1;
    }
  }

  /** A task that one server creates is completed by the other. */
  async #round(writer: BuiltServer, reader: BuiltServer): Promise<void> {
    const created = await this.#send<WrittenTask>(writer, 'POST', '', {
      title: `Task ${this.#rounds}`,
    });
    const { id, title, completed } = await this.#send<WrittenTask>(
      reader,
      'PATCH',
      `/${created.id}/complete`,
      { completed: true },
    );
    this.written = [{ id, title, completed }, ...this.written].toSorted((one, other) =>
      one.id < other.id ? 1 : -1,
    );
  }

  #rotated(): readonly BuiltServer[] {
    return this.#rounds % 2 === 0 ? this.#servers : this.#servers.toReversed();
  }

  async #send<Answer>(
    server: BuiltServer,
    method: string,
    path: string,
    body?: object,
  ): Promise<Answer> {
    const response = await fetch(`${server.url}/api/me/tasks${path}`, {
      method,
      headers: { authorization: this.caller.authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  }
}
