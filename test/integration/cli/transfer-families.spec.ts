import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newTaskAt } from '../../../src/tasks/task-id';
import { runCommand } from '../../support/app/run-command';
import { TestDatabase } from '../../support/database/test-database';
import { samplePath } from '../../support/imports/read-source';

const USER = '9aac614b-e5ba-5338-9a1f-1c3745be5fe4';

interface StoredTask {
  readonly id: string;
  readonly parent_id: string | null;
  readonly position: string | null;
  readonly version: string;
}

let directory: string;
let database: TestDatabase;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'task-api-families-'));
  database = await TestDatabase.create();
  await database.query('insert into users (id, created_at) values ($1, now())', [USER]);
});
beforeEach(() => database.query('delete from tasks'));
afterAll(async () => {
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

const run = async (...args: readonly string[]) => {
  const outcome = await runCommand(args, { ...database.variables, DATA_DIR: directory });
  expect(outcome.code).toBe(0);
  return outcome;
};

const importing = (file: string, ...options: string[]) =>
  run('import', file, '--user', USER, ...options);

const exporting = (format: string, out: string) =>
  run('export', '--user', USER, '--format', format, '--out', out);

const stored = () =>
  database.query<StoredTask & Record<string, unknown>>('select * from tasks order by id');

function fileOf(name: string, content: string): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}

describe('subtasks and the order of tasks', () => {
  const at = Date.UTC(2026, 0, 1);
  const ids = Array.from({ length: 12 }, (_, n) => newTaskAt(at + n).id);
  const lines = (tasks: readonly object[]): string =>
    tasks.map((task) => JSON.stringify({ title: 'x', ...task })).join('\n');
  const byId = async () =>
    new Map((await stored()).map((task) => [ids.indexOf(task.id), task] as const));

  it('come in, whichever stands first in the file, and go out again', async () => {
    const position = 'fV00000000000007';
    const file = fileOf(
      'family.jsonl',
      lines([
        { id: ids[2], parent_id: ids[1] },
        { id: ids[1], parent_id: ids[0], position },
        { id: ids[0] },
      ]),
    );
    const { stdout } = await importing(file, '--json');

    expect(JSON.parse(stdout)).toMatchObject({ new_tasks: 3, left_out: {} });
    const before = await stored();
    expect(before.map((task) => [task.parent_id, task.position])).toEqual([
      [null, null],
      [ids[0], position],
      [ids[1], null],
    ]);
    for (const format of ['json', 'csv'] as const) {
      const out = join(directory, `family.${format}`);
      await exporting(format, out);
      await database.query('delete from tasks');
      expect(JSON.parse((await importing(out, '--json')).stdout).left_out).toEqual({});
      const again = await stored();
      expect(again.map((task) => [task.parent_id, task.position])).toEqual(
        before.map((task) => [task.parent_id, task.position]),
      );
    }
    // iCalendar carries the parents, but no positions.
    const out = join(directory, 'family.ics');
    await exporting('ics', out);
    await database.query('delete from tasks');
    expect(JSON.parse((await importing(out, '--json')).stdout).left_out).toEqual({});
    expect((await stored()).map((task) => task.parent_id)).toEqual([null, ids[0], ids[1]]);
  });

  it('of another program may have a parent that was exported from here, or be one', async () => {
    const [own = '', foreign = ''] = ids;
    const todo = (uid: string, created: string, parent?: string): readonly string[] => [
      'BEGIN:VTODO',
      `UID:${uid}`,
      `CREATED:${created}`,
      `SUMMARY:${uid}`,
      ...(parent === undefined ? [] : [`RELATED-TO:${parent}`]),
      'END:VTODO',
    ];
    const file = fileOf(
      'mixed.ics',
      [
        'BEGIN:VCALENDAR',
        ...todo('theirs', '20260102T000000Z', own),
        ...todo(own, '20260101T000000Z', foreign),
        ...todo(foreign, '20260103T000000Z'),
        'END:VCALENDAR',
      ].join('\r\n'),
    );
    await importing(file);

    const tasks = new Map((await stored()).map((task) => [task['title'], task]));
    expect(tasks.get(own)).toMatchObject({ id: own, parent_id: tasks.get(foreign)?.id });
    expect(tasks.get('theirs')?.parent_id).toBe(own);
    expect(tasks.get(foreign)?.id).not.toBe(foreign);

    await database.query('delete from tasks where title = $1', ['theirs']);
    const one = todo('theirs', '20260102T000000Z', own);
    await importing(fileOf('one.ics', ['BEGIN:VCALENDAR', ...one, 'END:VCALENDAR'].join('\r\n')));
    expect((await stored()).find(({ title }) => title === 'theirs')?.parent_id).toBe(own);
  });

  it('make neither a circle nor a tree that is too deep, and name no task that is nowhere', async () => {
    const chain = ids.slice(0, 9).map((id, n) => ({ id, parent_id: n === 0 ? null : ids[n - 1] }));
    const circle = [
      { id: ids[9], parent_id: ids[10] },
      { id: ids[10], parent_id: ids[9] },
    ];
    const orphan = { id: ids[11], parent_id: newTaskAt(at).id };
    const { stdout } = await importing(
      fileOf('odd.jsonl', lines([...circle, orphan, ...chain.toReversed()])),
      '--json',
    );

    expect(JSON.parse(stdout)).toMatchObject({ new_tasks: 12, left_out: { parent_id: 4 } });
    const tasks = await byId();
    expect([8, 9, 10, 11].map((n) => tasks.get(n)?.parent_id)).toEqual([null, null, null, null]);
    for (let n = 1; n < 8; n += 1) expect(tasks.get(n)?.parent_id).toBe(ids[n - 1]);
    const versions = (await stored()).map(({ version }) => version);
    expect(new Set(versions).size).toBe(12);
  });

  it('never have a position twice', async () => {
    const position = 'fV00000000000007';
    await importing(fileOf('one.jsonl', lines([{ id: ids[0], position }])));
    await importing(
      fileOf(
        'two.jsonl',
        lines([
          { id: ids[1], position },
          { id: ids[2], position: 'gV00000000000008' },
          { id: ids[3], position: 'gV00000000000008' },
        ]),
      ),
    );

    expect((await stored()).map((task) => task.position)).toEqual([
      position,
      null,
      'gV00000000000008',
      null,
    ]);
  });

  it.each([
    ['todoist.csv', 2],
    ['google-tasks.json', 1],
    ['microsoft-todo.json', 2],
    ['tasks.ics', 1],
    ['vikunja.json', 1],
    ['ticktick.csv', 1],
  ])('of other programs come along: %s has %i subtasks', async (sample, subtasks) => {
    const { stdout } = await importing(samplePath(sample), '--json');

    const { left_out: left } = JSON.parse(stdout) as { left_out: Record<string, number> };
    const tasks = await stored();
    const known = new Set(tasks.map(({ id }) => id));
    const found = tasks.filter(({ parent_id: parent }) => parent !== null && known.has(parent));
    expect(found.length + (left['parent'] ?? 0)).toBe(subtasks);
    expect(found.length).toBeGreaterThan(0);
  });
});
