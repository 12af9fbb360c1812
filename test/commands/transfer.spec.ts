import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import type { QueryResultRow } from 'pg';
import type { TaskDto } from '../../src/tasks/dto/task.dto';
import { bareEnvironment } from '../support/processes/bare-environment';
import { TestDatabase } from '../support/database/test-database';
import { buildOnce, outcomeOf, runCli, startCli } from '../support/processes/command-line';
import { until } from '../support/processes/embedded-postgres-processes';
import { type BuiltServer, ServerHome } from '../support/processes/built-server';

const PROGRAM = [process.execPath, join(__dirname, '..', '..', 'dist', 'src', 'cli', 'main.js')];

interface Caller {
  readonly userId: string;
  readonly authorization: string;
}

const TASKS = [
  { title: '=1+1', description: null },
  { title: 'Größe, "messen" 🎂', description: '' },
  { title: "'quoted", description: 'two\r\nlines\u2028and a half', completed: true },
  { title: '\\N', description: '-5 °C' },
];

let directory: string;
let databases: readonly [TestDatabase, TestDatabase];
let home: ServerHome;
let server: BuiltServer;
let other: BuiltServer;
let ada: Caller;

beforeAll(async () => {
  buildOnce();
  directory = mkdtempSync(join(tmpdir(), 'task-api-transfer-'));
  databases = [await TestDatabase.create(), await TestDatabase.create()];
  home = await ServerHome.create();
  [server, other] = await Promise.all([
    home.start({ DATA_DIR: join(directory, 'one'), ...databases[0].variables }),
    home.start({ DATA_DIR: join(directory, 'other'), ...databases[1].variables }),
  ]);
  ada = await callerAt(server, 'ada@example.com');
  for (const task of TASKS) await create(ada, task);
  await create(await callerAt(server, 'bob@example.com'), { title: "Bob's own" });
}, 60_000);
afterAll(async () => {
  await home.remove();
  await Promise.all(databases.map((database) => database.drop()));
  rmSync(directory, { recursive: true, force: true });
});

const databaseOf = (at: BuiltServer): TestDatabase => databases[at === server ? 0 : 1];
const dataOf = (at: BuiltServer) => ({
  DATA_DIR: join(directory, at === server ? 'one' : 'other'),
  ...databaseOf(at).variables,
});

async function callerAt(at: BuiltServer, email: string): Promise<Caller> {
  const authorization = await at.authorizationOf(email);
  return { userId: decodeJwt(authorization.slice('Bearer '.length)).sub ?? '', authorization };
}

/** Somebody whom the server knows. */
async function userAt(at: BuiltServer, email: string): Promise<Caller> {
  const caller = await callerAt(at, email);
  const { authorization } = caller;
  const { ok } = await fetch(`${at.url}/api/users`, { method: 'POST', headers: { authorization } });
  expect(ok).toBe(true);
  return caller;
}

async function create({ authorization }: Caller, task: object): Promise<void> {
  const { status } = await fetch(`${server.url}/api/me/tasks`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(task),
  });
  expect(status).toBe(201);
}

/** Oldest first. */
async function listed(at: BuiltServer, { authorization }: Caller): Promise<readonly TaskDto[]> {
  const response = await fetch(`${at.url}/api/me/tasks?sort=created_at`, {
    headers: { authorization },
  });
  return ((await response.json()) as { readonly items: readonly TaskDto[] }).items;
}

const exported = (format: string, ...options: string[]) =>
  runCli(['export', '--user', ada.userId, '--format', format, ...options], dataOf(server));

function importInto(at: BuiltServer, file: string, format: string, user = ada.userId) {
  return runCli(['import', file, '--user', user, '--from', format, '--json'], dataOf(at));
}

function fileOf(name: string, content: string | Buffer): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}

/** Past row-level security. */
function queryAt<Row extends QueryResultRow>(at: BuiltServer, sql: string): Promise<Row[]> {
  return databaseOf(at).query<Row>(sql);
}

const everyTaskOf = (at: BuiltServer): Promise<readonly object[]> =>
  queryAt(at, 'select * from tasks order by user_id, id');

const HINT = 'Correct them, or use --rejects FILE to import the others and write these to FILE';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const NO_SUCH_USER = `There is no user ${NOBODY}: the first task, or POST /api/users, makes the account\n`;

describe('export', () => {
  it('prints the tasks of one user, as the API answers them, and of nobody else', async () => {
    const { code, stdout, stderr } = await exported('json');
    expect(code).toBe(0);
    expect(stderr).toMatch(/Exported 4 tasks in [\d.]+ s\n$/);
    const tasks = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TaskDto);
    expect(tasks).toEqual(await listed(server, ada));
    expect(tasks.map(({ title }) => title)).toEqual(TASKS.map(({ title }) => title));
  });

  it('writes a CSV file for its owner alone, without formulas', async () => {
    const file = join(directory, 'tasks.csv');
    const { code, stdout } = await exported('csv', '--out', file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(
      /^id,user_id,title,description,completed,due,time_zone,recurrence,recurrence_from,priority,tags,parent_id,position,completed_at,created_at,updated_at\n/,
    );
    expect(text).toContain(",'=1+1,,false,");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('of a user without tasks is empty', async () => {
    const { userId } = await userAt(server, 'idle@example.com');
    const args = ['export', '--user', userId, '--format', 'json'];
    expect(await runCli(args, dataOf(server))).toMatchObject({ code: 0, stdout: '' });
  });

  it('is of users alone whom the server knows', async () => {
    const out = join(directory, 'nobody.json');
    const args = ['export', '--user', NOBODY, '--format', 'json'];
    const told = { code: 67, stdout: '', stderr: NO_SUCH_USER };
    expect(await runCli(args, dataOf(server))).toEqual(told);
    expect(await runCli([...args, '--out', out], dataOf(server))).toEqual(told);
    expect(existsSync(out)).toBe(false);
  });

  it('says when whoever reads it has enough, and when its disk is full', async () => {
    const args = ['export', '--user', ada.userId, '--format', 'json'];
    const closed = startCli(args, dataOf(server));
    closed.stdout.destroy();
    const [told, [exitCode]] = await Promise.all([text(closed.stderr), once(closed, 'close')]);
    expect({ exitCode, told }).toEqual({
      exitCode: 73,
      told: 'The file cannot be written: standard output is closed\n',
    });

    const full = spawn('/bin/sh', ['-c', 'exec "$@" > /dev/full', 'sh', ...PROGRAM, ...args], {
      cwd: directory, // without a .env
      env: { ...bareEnvironment(), ...dataOf(server) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(await outcomeOf(full)).toMatchObject({
      code: 73,
      stderr: 'The file cannot be written: ENOSPC: no space left on device, write\n',
    });
  });

  it('puts no file in the place of a pipe, a device or a link', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await exported('json', '--out', pipe)).toMatchObject({
      code: 73,
      stderr: `The file cannot be written: ${pipe} is there, and no regular file\n`,
    });
    expect(statSync(pipe).isFIFO()).toBe(true);

    const file = fileOf('linked.json', 'earlier');
    const link = join(directory, 'link.json');
    symlinkSync(file, link);
    expect(await exported('json', '--out', link)).toMatchObject({ code: 0 });
    expect(readlinkSync(link)).toBe(file);
    expect(readFileSync(file, 'utf8')).toContain(ada.userId);
  });

  it('that is killed leaves an earlier file as it was', async () => {
    const file = fileOf('killed.json', 'earlier');
    const args = ['export', '--user', ada.userId, '--format', 'json', '--out', file];
    const exporting = startCli(args, dataOf(server));
    await until(() => readdirSync(directory).some((name) => name.startsWith('killed.json.')));
    exporting.kill('SIGKILL');
    await outcomeOf(exporting);
    expect(readFileSync(file, 'utf8')).toBe('earlier');
  });

  it.each([
    [['--user', 'me', '--format', 'json'], /'--user <ID>' argument 'me' .* must be a UUID/],
    [
      ['--user', NOBODY, '--format', 'xml'],
      /'--format <FORMAT>' .* choices are json, csv, ics, todo\.txt\./,
    ],
    [['--format', 'json'], /^Name one user: by id, by --email or by --subject/],
  ])('%j is told what is wrong', async (options, fault) => {
    const { code, stderr } = await runCli(['export', ...options], dataOf(server));
    expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringMatching(fault) });
  });

  it('creates no database if there is none', async () => {
    const DATA_DIR = join(directory, 'none');
    const args = ['export', '--user', ada.userId, '--format', 'json'];
    expect(await runCli(args, { DATA_DIR })).toMatchObject({ code: 78, stdout: '' });
    expect(existsSync(DATA_DIR)).toBe(false);
  });
});

describe('import', () => {
  it.each(['json', 'csv'])('brings exported tasks elsewhere as they were: %s', async (format) => {
    const file = join(directory, `moved.${format}`);
    await exported(format, '--out', file);
    const adaThere = await userAt(other, 'ada@example.com');
    expect(adaThere.userId).toBe(ada.userId);

    const { code, stdout } = await importInto(other, file, format);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ tasks: 4, new_tasks: format === 'json' ? 4 : 0 });
    expect(await listed(other, adaThere)).toEqual(await listed(server, ada));
  });

  it('changes nothing when it is repeated, and nothing of a task that has changed since', async () => {
    const file = join(directory, 'again.csv');
    await exported('csv', '--out', file);
    const before = await everyTaskOf(server);
    const { code, stdout } = await importInto(server, file, 'csv');
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, tasks: 4, new_tasks: 0 });
    expect(await everyTaskOf(server)).toEqual(before);
  });

  it('is for users alone whom the server knows, and makes none', async () => {
    const file = fileOf('nobody.json', '{"title":"Milk"}');
    const before = await queryAt(server, 'select * from users order by id');
    const { code, stdout, stderr } = await importInto(server, file, 'json', NOBODY);
    expect({ code, stdout, stderr }).toEqual({ code: 67, stdout: '', stderr: NO_SUCH_USER });
    expect(await queryAt(server, 'select * from users order by id')).toEqual(before);
  });

  it('takes the first of two rows with one id, and leaves the task of another user that has it', async () => {
    const bob = await callerAt(server, 'bob@example.com');
    const [foreign] = await listed(server, bob);
    const rows = ['first', 'second'].map((title) => JSON.stringify({ id: foreign?.id, title }));
    const eve = await userAt(server, 'eve@example.com');
    const file = fileOf('same.json', rows.join('\n'));
    const { stdout } = await importInto(server, file, 'json', eve.userId);
    expect(JSON.parse(stdout)).toMatchObject({ tasks: 2, new_tasks: 1 });
    expect((await listed(server, eve)).map(({ title }) => title)).toEqual(['first']);
    expect(await listed(server, bob)).toEqual([foreign]);
  });

  it.each([
    [
      'an empty file',
      '',
      { code: 0, stdout: expect.objectContaining({ tasks: 0, new_tasks: 0, left_out: {} }) },
    ],
    [
      'a file cut in the middle of a character',
      Buffer.from('{"title":"ü"}').subarray(0, 11),
      { code: 65, stderr: expect.stringMatching(/^Nothing was imported: line 1 is not UTF-8: /) },
    ],
    [
      'a line of 3 MB',
      `{"title":"${'x'.repeat(3e6)}"}`,
      { code: 65, stderr: 'Nothing was imported: line 1 is longer than 131072 bytes' },
    ],
    [
      'a wrong kind of row',
      '{"title":"x"}\n["title"]',
      { code: 65, stderr: '  line 2: must be a JSON object' },
    ],
  ])('of %s says so', async (_, content, expected) => {
    const { code, stdout, stderr } = await importInto(server, fileOf('odd.json', content), 'json');
    expect({
      code,
      ...(stdout !== '' && { stdout: JSON.parse(stdout) as object }),
      ...(stderr !== '' && {
        stderr: stderr
          .trimEnd()
          .split('\n')
          .at(stderr.includes(HINT) ? -2 : -1),
      }),
    }).toEqual(expected);
  });

  it('says when the file cannot be read any further', async () => {
    const { code, stderr } = await importInto(server, '/proc/self/mem', 'json');
    expect({ code, stderr }).toEqual({
      code: 66,
      stderr: 'The file cannot be read: EIO: i/o error, read\n',
    });
  });

  it('imports nothing where one row is not valid, and tells the line and the reason of each', async () => {
    const good = Array.from({ length: 2_500 }, (_, n) => JSON.stringify({ title: `Task ${n}` }));
    const rows = [
      ...good,
      '{"title":" "}',
      '{"title":"x","completed":"yes","priority":1}',
      'nonsense',
      ...good,
      `{"title":"x","user_id":"00000000-0000-4000-8000-000000000000"}`,
    ];
    const before = await everyTaskOf(server);
    const { code, stdout, stderr } = await importInto(
      server,
      fileOf('bad.json', rows.join('\n')),
      'json',
    );
    expect({ code, stdout }).toEqual({ code: 65, stdout: '' });
    expect(stderr.slice(stderr.indexOf('Nothing'))).toBe(
      `Nothing was imported: 4 of 5,004 rows cannot be
  line 2501: title must not be blank
  line 2502: completed must be true or false
  line 2503: is not JSON
  line 5004: user_id must be that of the user, or absent
${HINT}
`,
    );
    expect(await everyTaskOf(server)).toEqual(before);
  });

  it('imports nothing where the user would then have more tasks than are allowed', async () => {
    const eve = await userAt(server, 'eve-of-many@example.com');
    const args = ['import', fileOf('three.csv', 'title\n1\n2\n3\n'), '--user', eve.userId];
    const env = { ...dataOf(server), MAX_TASKS_PER_USER: '2' };
    const { code, stderr } = await runCli(args, env);
    expect({ code, tasks: await listed(server, eve) }).toEqual({ code: 78, tasks: [] });
    expect(stderr).toContain('The user would have 3 tasks, and MAX_TASKS_PER_USER allows 2.');
  });

  it('reads regular files alone: one that blocks could not be interrupted', async () => {
    const pipe = join(directory, 'in');
    execFileSync('mkfifo', [pipe]);
    const { code, stderr } = await importInto(server, pipe, 'json');
    expect({ code, stderr }).toEqual({
      code: 66,
      stderr: `The file cannot be read: ${pipe} is no regular file\n`,
    });
  });

  it('says when there is no such file', async () => {
    const { code, stderr } = await importInto(server, join(directory, 'no.json'), 'json');
    expect({ code, stderr }).toEqual({
      code: 66,
      stderr: expect.stringMatching(/^The file cannot be read: ENOENT.*\n$/),
    });
  });
});
