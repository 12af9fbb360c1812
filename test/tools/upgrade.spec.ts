import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { migrations } from '../../migrations';
import type { ChangesBody } from '../support/feed/changes';
import { EmptyDatabase } from '../support/database/empty-database';
import { urlOf } from '../support/database/connection-url';
import { aCaller, type Caller, TEST_SECRET } from '../support/app/tokens';
import { bareEnvironment } from '../support/processes/bare-environment';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { EarlierRelease, RELEASE_BEFORE } from '../support/processes/earlier-release';
import { describeWith } from '../support/requirements';

jest.setTimeout(120_000);

/** From then on, what takes no number of a feed cannot write a task. */
const NUMBER_WRITES = 'NumberWrites';

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

  it('migrates its schema while that release serves, which continues with reads', async () => {
    client.use(before);
    await client.rounds(20);
    expect(client.refused).toBe(0);

    after = await home.start(variables);
    await client.rounds(20);

    expect(client.failures).toEqual([]);
    const run = await database.query<{ name: string }>(
      'select name from task_api_migrations order by timestamp',
    );
    expect(run.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
  });

  it('lets this release alone write tasks, both read them, and loses nothing to the changes', async () => {
    client.use(before, after);
    const [copy, token] = await client.changesOn(after);
    await client.rounds(60);
    await client.end();
    const [changes] = await client.changesOn(after, token);

    expect(client.failures).toEqual([]);
    expect(changes.length).toBeGreaterThan(0);
    const byId = new Map([...copy, ...changes].map((task) => [task.id, task]));
    expect([...byId.values()].toSorted(newestFirst)).toEqual(client.written);
    expect(client.refused).toBeGreaterThan(0);
    for (const server of [before, after])
      expect(await client.tasksOn(server)).toEqual(client.written);
  });

  it('lets that release start again once the migration is undone that it cannot write with', async () => {
    await before.stop();
    await expect(release.start(variables)).rejects.toThrow('cannot write a task without a number');
    await after.stop();
    const undone: string[] = [];
    while (!undone.some((name) => name.startsWith(NUMBER_WRITES))) undone.push(await undoLast());

    before = await release.start(variables);

    await client.createsOn(before);
    expect(await client.tasksOn(before)).toEqual(client.written);
  });

  async function undoLast(): Promise<string> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [resolve('scripts/database-revert.mjs')],
      { cwd: home.directory, env: { ...bareEnvironment(), ...variables } },
    );
    const [, name = ''] = /^Undid (\w+)\.$/m.exec(stdout) ?? [];
    if (name === '') throw new Error(`No migration was undone: ${stdout}`);
    return name;
  }
});

function essence({ id, title, completed }: WrittenTask): WrittenTask {
  return { id, title, completed };
}

function newestFirst(one: WrittenTask, other: WrittenTask): number {
  return one.id < other.id ? 1 : -1;
}

/** One user who creates, completes and reads tasks, on each of the servers in turn. */
class WritingClient {
  readonly failures: unknown[] = [];
  /** Creates that were answered as those of a read-only database are. */
  refused = 0;
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

  /** Fulfils after so many more rounds. */
  async rounds(count: number): Promise<void> {
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
      tasks.push(...page.items.map(essence));
      cursor = page.next_cursor;
    }
    return tasks;
  }

  /** What has changed since, and the token of the last change; without one, every task. */
  async changesOn(
    server: BuiltServer,
    after?: string,
  ): Promise<readonly [readonly WrittenTask[], string]> {
    const tasks: WrittenTask[] = [];
    for (let token = after; ;) {
      const query: string = token === undefined ? '' : `&after=${token}`;
      const page: ChangesBody = await this.#send(server, 'GET', `/changes?limit=50${query}`);
      tasks.push(...(page.items as readonly WrittenTask[]).map(essence));
      token = page.next;
      if (!page.has_more) return [tasks, token];
    }
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

  /** @throws Error where that server refuses it; it may do so after the create */
  async createsOn(server: BuiltServer): Promise<void> {
    const title = `Task ${this.#rounds}`;
    const created = await this.#send<WrittenTask>(server, 'POST', '', { title });
    this.#note(created);
    this.#note(
      await this.#send<WrittenTask>(server, 'PATCH', `/${created.id}/complete`, {
        completed: true,
      }),
    );
  }

  #note(task: WrittenTask): void {
    const others = this.written.filter(({ id }) => id !== task.id);
    this.written = [essence(task), ...others].toSorted(newestFirst);
  }

  /** One server is written to, and the other one is read. */
  async #round(writer: BuiltServer, reader: BuiltServer): Promise<void> {
    try {
      await this.createsOn(writer);
    } catch (error) {
      if (!String(error).includes('"code":"database-unavailable"')) throw error;
      this.refused += 1;
    }
    const [newest] = this.written;
    if (newest === undefined) return;
    const read = await this.#send<WrittenTask>(reader, 'GET', `/${newest.id}`);
    expect(essence(read)).toEqual(newest);
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
