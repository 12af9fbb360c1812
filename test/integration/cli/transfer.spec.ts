import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TARGET_FORMATS } from '../../../src/cli/transfer/formats/targets/target-formats';
import { type CommandOutcome, runCommand } from '../../support/app/run-command';
import { LARGE_PROOFS } from '../../support/large-proofs';
import { TestDatabase } from '../../support/database/test-database';
import { sampleBytes, samplePath, SAMPLES } from '../../support/imports/read-source';

const USER = '9aac614b-e5ba-5338-9a1f-1c3745be5fe4';

interface StoredTask {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly completed: boolean;
  readonly due: string | null;
  readonly time_zone: string | null;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly completed_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

let directory: string;
let database: TestDatabase;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'task-api-transfer-'));
  database = await TestDatabase.create();
  await database.query('insert into users (id, created_at) values ($1, now())', [USER]);
});
beforeEach(() => database.query('delete from tasks'));
afterAll(async () => {
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Promise<CommandOutcome> =>
  runCommand(args, { ...database.variables, DATA_DIR: directory });

const importing = (file: string, ...options: string[]): Promise<CommandOutcome> =>
  run('import', file, '--user', USER, ...options);

const exporting = (format: string, out: string, ...options: string[]): Promise<CommandOutcome> =>
  run('export', '--user', USER, '--format', format, '--out', out, ...options);

const stored = (): Promise<readonly StoredTask[]> =>
  database.query<never>('select * from tasks order by id');

function fileOf(name: string, content: string | Buffer): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}

/** Every format in `.ci/run --all`; otherwise each sample takes the next one. */
const formatsFor = (sample: number): readonly (typeof TARGET_FORMATS)[number][] =>
  TARGET_FORMATS.filter((_, at) => LARGE_PROOFS || at === sample % TARGET_FORMATS.length);

describe.each(SAMPLES.map((sample, at) => ({ ...sample, formats: formatsFor(at) })))(
  'a file of $from',
  ({ file, from, formats }) => {
    it('comes in, and goes out again, and nothing is lost unseen', async () => {
      const { code, stdout } = await importing(samplePath(file), '--json');
      const tasks = await stored();
      const answer = JSON.parse(stdout) as { readonly left_out: object };
      expect({ code, answer }).toEqual({
        code: 0,
        answer: {
          from,
          dry_run: false,
          tasks: tasks.length,
          new_tasks: tasks.length,
          rejected: 0,
          left_out: expect.anything(),
          seconds: expect.any(Number),
        },
      });
      expect(tasks.length).toBeGreaterThan(1);
      if (from !== 'todo.txt') expect(answer.left_out).not.toEqual({});

      for (const format of formats) {
        const told = (await exporting(format, join(directory, `${from}.${format}`))).stderr;
        const descriptions = tasks.filter(({ description }) => description).length;
        const isLost = ({ description, due, tags }: StoredTask): boolean =>
          Boolean(description) || due?.includes('T') === true || tags.some((tag) => /\s/.test(tag));
        const lost = format === 'todo.txt' && tasks.some(isLost);
        expect(told.includes('Left out, because todo.txt has no place for it:')).toBe(lost);
        if (lost && descriptions > 0)
          expect(told).toContain(`description: of ${descriptions} task`);
      }
      for (const format of formats) {
        await database.query('delete from tasks');
        const { stdout: again } = await importing(join(directory, `${from}.${format}`), '--json');
        expect(JSON.parse(again)).toMatchObject({
          new_tasks: tasks.length,
          rejected: 0,
          left_out: {},
        });
        expect(comparable(await stored(), format)).toEqual(comparable(tasks, format));
      }
    });
  },
);

/** What a format carries of a task. */
function comparable(tasks: readonly StoredTask[], format: string): readonly object[] {
  const carried = tasks.map((task) => {
    const { id, title, description, completed, created_at, updated_at, completed_at, due } = task;
    const inTodoTxt = {
      // What a title has no mark of becomes one behind it.
      title: title.replace(/(?: (?:@\S+|due:\S+|pri:\S))+$/, ''),
      completed,
      day: created_at.toISOString().slice(0, 10),
      due: due?.slice(0, 10) ?? null,
      priority: task.priority,
    };
    if (format === 'todo.txt') return inTodoTxt;
    const times = {
      created_at: created_at.getTime(),
      updated_at: updated_at.getTime(),
      completed_at: completed_at?.getTime() ?? null,
      due,
      time_zone: task.time_zone,
      priority: task.priority,
      tags: task.tags,
    };
    if (format !== 'ics') return { id, title, description, completed, ...times };
    const text = description?.replaceAll('\r\n', '\n') ?? null;
    // The time of creation is that of the id; other times have no milliseconds.
    const second = Math.max(Math.floor(times.updated_at / 1_000) * 1_000, times.created_at);
    const done =
      times.completed_at === null ? null : Math.floor(times.completed_at / 1_000) * 1_000;
    return {
      id,
      title,
      description: text,
      completed,
      ...times,
      updated_at: second,
      completed_at: done,
    };
  });
  return carried.sort((a, b) => (a.title < b.title ? -1 : 1));
}

describe('import', () => {
  it('says what it did, and what a task has no place for', async () => {
    const { code, stdout } = await importing(samplePath('todoist.csv'));
    expect(code).toBe(0);
    expect(stdout.replace(/[\d.]+ s \([\d,]+ rows?\/s\)/, 'TIME')).toBe(
      `Imported 5 tasks, read as todoist, in TIME
Left out, because a task has no place for it:
  time_zone: of 3 tasks
  AUTHOR: of 5 tasks
  RESPONSIBLE: of 1 task
  DURATION: of 1 task
  DURATION_UNIT: of 1 task
  DEADLINE: of 1 task
  DEADLINE_LANG: of 1 task
  DATE: of 1 task
Left out, because it is no task:
  1 setting
  1 comment
  1 section
`,
    );
  });

  it('brings back a task that was deleted: its id is no longer in the trash', async () => {
    const [id, other] = [
      '01977a3e-7b5c-7c3d-8e4f-5a6b7c8d9e0f',
      '01977a3e-7b5c-7c3d-8e4f-5a6b7c8d9e10',
    ];
    await database.query(
      `insert into trash (user_id, id, version, deleted_at)
       select $1, id, 1, now() from unnest($2::uuid[]) id`,
      [USER, [id, other]],
    );

    const { code } = await importing(fileOf('back.json', JSON.stringify([{ id, title: 'Back' }])));

    expect(code).toBe(0);
    expect(await stored()).toMatchObject([{ id, title: 'Back' }]);
    expect(await database.query('select id from trash')).toEqual([{ id: other }]);
    await database.query('delete from trash');
  });

  it('has names in the right number', async () => {
    const file = fileOf('one.csv', 'title,id\nMilk,019ab5c4-7c7b-7000-8000-000000000001\n');
    expect((await importing(file)).stdout).toMatch(/^Imported 1 task, read as csv, in .*\/s\)\n$/);
    expect((await importing(file)).stdout).toMatch(/^Imported 0 tasks, .*; 1 was there already\n$/);
    expect((await exporting('json', join(directory, 'one.json'))).stderr).toMatch(
      /Exported 1 task in /,
    );
  });

  it('that is a dry run checks everything, and imports nothing', async () => {
    const dry = await importing(samplePath('excel.csv'), '--dry-run');
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toMatch(
      /^Would import 3 tasks, read as csv, .*\nNothing was imported, because of --dry-run\nLeft out/,
    );
    const bad = fileOf('bad.csv', 'title\nMilk\n" "\n');
    expect(await importing(bad, '--dry-run')).toMatchObject({ code: 65 });
    expect(await stored()).toEqual([]);
  });

  it('gives each task a number of the feed, and counts a repeated id once', async () => {
    const id = '019ab5c4-7c7b-7000-8000-000000000001';
    const rows = `title,id\nA,${id}\nB,${id}\n${'C,\n'.repeat(1_500)}`;
    for (const options of [['--json', '--dry-run'], ['--json']]) {
      const { stdout } = await importing(fileOf('twice.csv', rows), ...options);
      expect(JSON.parse(stdout)).toMatchObject({ tasks: 1_502, new_tasks: 1_501 });
    }
    const numbers = `select count(distinct version)::int as count from tasks join feeds using (user_id) where version <= last_change`;
    expect(await database.query(numbers)).toEqual([{ count: 1_501 }]);
  });

  const FAULTY = 'title;completed;created_at\nMilk;ja;\n" ";0;\n=1+1;0;\nTea;perhaps;yesterday\n';

  it('says how to import the good rows where some are bad', async () => {
    const { code, stdout, stderr } = await importing(fileOf('faulty.csv', FAULTY));
    expect({ code, stdout, stderr }).toEqual({
      code: 65,
      stdout: '',
      stderr: `Nothing was imported: 2 of 4 rows cannot be
  line 3: title must not be blank
  line 5: created_at must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z; completed must be true or false
Correct them, or use --rejects FILE to import the others and write these to FILE`,
    });
    expect(await stored()).toEqual([]);
  });

  it('reports the first twenty of many', async () => {
    const { code, stderr } = await importing(fileOf('many.csv', `title\n${'\t\n'.repeat(1_000)}`));
    expect(code).toBe(65);
    expect(stderr.match(/^ {2}line \d+: title must not be blank$/gm)).toHaveLength(20);
    expect(stderr).toContain('\n  and 980 more\n');
  });

  it('writes bad rows to a file that can be corrected and imported', async () => {
    const rejects = join(directory, 'rejects.csv');
    const first = await importing(fileOf('faulty.csv', FAULTY), '--rejects', rejects);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(
      /^Imported 2 tasks, .*\n2 rows were rejected and written to .*rejects\.csv:\n {2}line 3: title must not be blank\n/,
    );
    expect((await stored()).map(({ title }) => title)).toEqual(['Milk', '=1+1']);
    const text = readFileSync(rejects, 'utf8');
    expect(statSync(rejects).mode & 0o777).toBe(0o600);
    expect(text).toMatch(
      /^\ufefftitle;completed;created_at;import_fault\n ;0;;line 3: title must not be blank\nTea;perhaps;yesterday;"line 5: /,
    );

    writeFileSync(
      rejects,
      text.replace('\n ;', '\nBread;').replace('perhaps;yesterday', 'no;2026-01-31T09:30:00Z'),
    );
    const again = await importing(rejects, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ new_tasks: 2, left_out: {} });
    expect((await stored()).map(({ title }) => title).sort()).toEqual([
      '=1+1',
      'Bread',
      'Milk',
      'Tea',
    ]);
  });

  it('leaves that file empty where every row is good, and says so', async () => {
    const rejects = fileOf('none.csv', 'of an earlier run');
    const { stdout } = await importing(samplePath('excel.csv'), '--rejects', rejects);
    expect(stdout).toContain(`No row was rejected: ${rejects} is empty\n`);
    expect(readFileSync(rejects, 'utf8')).toBe('');
  });

  it.each(['--rejects', '--dry-run'])(
    'imports nothing of a file that breaks off: %s',
    async (option) => {
      const file = fileOf('broken.csv', 'title\nMilk\n"never closed\n');
      const rejects = join(directory, 'broken-rejects.csv');
      const options = option === '--rejects' ? [option, rejects] : [option];
      expect(await importing(file, ...options)).toMatchObject({
        code: 65,
        stderr: expect.stringMatching(/^Nothing was imported: line 3 is not CSV: quote not closed/),
      });
      expect(existsSync(rejects)).toBe(false);
      expect(await stored()).toEqual([]);
    },
  );

  it('never writes bad rows over the file that they come from', async () => {
    const file = fileOf('same.csv', FAULTY);
    expect(await importing(file, '--rejects', join(directory, '.', 'same.csv'))).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('--rejects must name another file'),
    });
    expect(readFileSync(file, 'utf8')).toBe(FAULTY);
  });

  it('takes the columns of any program by --map', async () => {
    const file = fileOf('outlook.csv', 'Subject,Notes,Status\nMilk,two,Completed\n');
    expect(await importing(file)).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('--map title=COLUMN'),
    });
    const columns = ['--map', 'title=subject', '--map', 'description=Notes'];
    const { stdout } = await importing(file, ...columns, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ new_tasks: 1, left_out: { Status: 1 } });
    expect(await stored()).toMatchObject([{ title: 'Milk', description: 'two' }]);
  });

  it('refuses --map where there are no columns', async () => {
    expect(
      await importing(samplePath('tasks.ics'), '--from', 'ics', '--map', 'title=x'),
    ).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('--map is for CSV, and this file is read as ics'),
    });
  });

  it('tells UTF-16 and Windows-1252 with the remedy', async () => {
    const utf16 = fileOf('utf16.csv', Buffer.from('\ufefftitle\tx\r\nMilk\ty\r\n', 'utf16le'));
    expect(await importing(utf16)).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(/^Nothing was imported: the file is UTF-16.*"CSV UTF-8"/),
    });
    const ansi = fileOf('ansi.csv', Buffer.from('title\r\nMilk\r\nM\xfcll\r\n', 'latin1'));
    expect(await importing(ansi)).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(/^Nothing was imported: line 3 is not UTF-8: .*WINDOWS-1252/),
    });
  });
});

describe('export', () => {
  it('begins CSV with a byte order mark where --bom asks for it, and nothing else', async () => {
    await importing(samplePath('excel.csv'));
    const out = join(directory, 'excel-out.csv');
    await exporting('csv', out, '--bom');
    expect(readFileSync(out, 'utf8')).toMatch(/^\ufeffid,user_id,title/);
    await exporting('csv', out);
    expect(readFileSync(out, 'utf8')).toMatch(/^id,user_id,title/);
    expect(await exporting('ics', out, '--bom')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('--bom is for csv, and --format is ics'),
    });
  });

  it('tells whose id "me" is', async () => {
    expect(await run('export', '--user', 'me', '--format', 'csv')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('"me" is the caller of a request; a command has no caller.'),
    });
  });
});

it('the samples are as their programs write them: with marks, CRLF and quotes', () => {
  expect(sampleBytes('todoist.csv').subarray(0, 3)).toEqual(Buffer.from('\ufeff'));
  expect(sampleBytes('todoist.csv').includes('\r\n')).toBe(true);
  expect(sampleBytes('tasks.ics').includes('\r\n ')).toBe(true);
});
