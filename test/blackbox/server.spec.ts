import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TEST_SECRET } from '../support/app/tokens';
import { bareEnvironment } from '../support/processes/bare-environment';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';
import { projectWithoutDotenv } from '../support/processes/command-line';

const run = promisify(execFile);

const tasksOf = async (server: BuiltServer): Promise<readonly { title: string }[]> => {
  const response = await server.fetch('/api/me/tasks?limit=200');
  const { items } = (await response.json()) as { items: readonly { title: string }[] };
  return items;
};

describe('the built server', () => {
  let home: ServerHome;

  beforeEach(async () => {
    home = await ServerHome.create();
  });
  afterEach(() => home.remove());

  it('starts on nothing and prints a request that works when pasted', async () => {
    const nothing = await ServerHome.empty();
    const server = await nothing.start();

    // It is on no terminal.
    expect(server.banner).not.toContain('\u001b');
    expect(server.banner).toMatch(/^Task API is ready \(\d+\.\d s\)\n/m);
    for (const path of ['/api', '/docs', '/openapi.json', '/health/ready']) {
      expect(server.banner).toContain(`${server.url}${path}\n`);
    }
    expect(server.banner).toContain('Database  embedded PostgreSQL');
    expect(server.banner).toContain('Mode      development');
    // No terminal reads it, so it holds no token.
    expect(server.banner).not.toMatch(/eyJ/);
    const project = projectWithoutDotenv();
    const { stdout } = await run('sh', ['-c', `${server.firstRequest} -s`], {
      cwd: project,
      env: { ...bareEnvironment(), DATA_DIR: nothing.dataDir },
    });
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Try the Task API', completed: false });
    await rm(project, { recursive: true });
    await nothing.remove();
  });

  it('reads all of a .env that an editor of Windows wrote, or names the line', async () => {
    const file = join(home.directory, '.env');
    await writeFile(file, '\ufeffLOG_LEVEL=loud\r\nDATABASE_LANES=65\r\n');
    const read = await home.end({});
    await writeFile(file, '\ufeffDATABASE_URL=postgresql://api:hunter#2@127.0.0.1/tasks\r\n');
    const refused = await home.end({});

    expect(read).toMatchObject({ code: 78, stdout: '' });
    expect(read.stderr).toMatch(/^ {2}DATABASE_LANES: must be.*\n {2}LOG_LEVEL: must be/m);
    expect(refused).toMatchObject({ code: 78, stdout: '' });
    expect(refused.stderr).toMatch(/^ {2}\.env: line 1: the value of DATABASE_URL has a #/m);
    expect(refused.stderr).not.toContain('hunter');
  });

  it('keeps every task over a restart, and leaves nothing running', async () => {
    const first = await home.start();
    const created = await first.fetch('/api/me/tasks', { method: 'POST', body: { title: 'kept' } });
    const location = created.headers.get('location') ?? '';
    const before = await (await first.fetch(location)).text();
    expect((await first.fetch('/api/me/tasks?q=kept')).status).toBe(200);

    expect(await first.stop()).toMatchObject({ code: 0, stderr: '' });
    const second = await home.start();

    expect(await (await second.fetch(location)).text()).toBe(before);
    // What is expected is no error: the checks of the start, the first write of a user, the stop.
    const log = await readFile(join(home.dataDir, 'postgres.log'), 'utf8');
    expect(log).toContain('database system is shut down');
    expect(log).not.toMatch(/WARNING|ERROR|FATAL|PANIC|STATEMENT/);
  });

  it('keeps every acknowledged task when it is killed while it writes', async () => {
    const first = await home.start();
    const acknowledged: string[] = [];
    const write = async (writer: number): Promise<void> => {
      for (let n = 0; ; n += 1) {
        const title = `task ${writer}.${n}`;
        const response = await first.fetch('/api/me/tasks', { method: 'POST', body: { title } });
        if (response.status === 201) acknowledged.push(title);
        if (acknowledged.length === 60) void first.kill();
      }
    };
    await Promise.allSettled([1, 2, 3, 4].map(write));
    await first.end();

    const second = await home.start();

    const titles = (await tasksOf(second)).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles).toEqual(expect.arrayContaining(acknowledged));
  });

  it('reports every bad variable at once, before it touches anything', async () => {
    const end = await home.end({ PORT: 'http', DATABASE_LANES: '65', NODE_ENV: 'prod' });

    expect(end).toMatchObject({ code: 78, stdout: '' });
    for (const name of ['PORT', 'DATABASE_LANES', 'NODE_ENV']) {
      expect(end.stderr).toMatch(new RegExp(`^  ${name}: `, 'm'));
    }
    await expect(stat(home.dataDir)).rejects.toThrow('ENOENT');
  });

  it('refuses arguments, which would have no effect', async () => {
    const withArgument = ['sh', '-c', 'exec "$@" --help', 'sh'];
    const end = await home.launch({ PORT: 'http' }, withArgument).end();

    expect(end).toMatchObject({ code: 78, stdout: '' });
    expect(end.stderr).toMatch(/^ {2}arguments: the server takes none/m);
  });

  it('F24: says which variable to change when the port is taken, after a warning of production on the embedded database', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const variables = { NODE_ENV: 'production', AUTH_SECRET: TEST_SECRET, HOST: '127.0.0.1' };
    const end = await home.end({ ...variables, PORT: String(port) });
    other.close();

    expect(end.code).toBe(78);
    expect(end.stderr).toMatch(/EADDRINUSE.*: set PORT to another port\n$/);
    expect(JSON.parse(end.stdout)).toMatchObject({
      level: 'warn',
      context: 'Start',
      msg: expect.stringMatching(/^production without DATABASE_URL: .*: set DATABASE_URL, or/),
    });
  });

  it('F5: names an unreachable database in one line, without its password', async () => {
    const url = 'postgresql://api:hunter2hunter2@127.0.0.1:1/tasks';

    const end = await home.end({ DATABASE_URL: url });

    expect(end).toMatchObject({ code: 69, stdout: '' });
    expect(end.stderr).toMatch(/^The database cannot be used: .*check DATABASE_URL.*\n$/);
    expect(end.stderr).not.toContain('hunter2');
  });

  it('says so when the data directory is damaged, and loses nothing', async () => {
    const first = await home.start();
    await first.fetch('/api/me/tasks', { method: 'POST', body: { title: 'kept' } });
    await first.stop();
    const version = join(home.dataDir, 'postgres', 'cluster', 'PG_VERSION');
    await rm(version);

    const end = await home.end({});

    expect(end).toMatchObject({ code: 69, stdout: '' });
    expect(end.stderr).toContain(join(home.dataDir, 'postgres'));
    await writeFile(version, '18\n');
    expect(await tasksOf(await home.start())).toMatchObject([{ title: 'kept' }]);
  });
});
