import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  TARGET_FORMATS,
  type TargetFormat,
  taskWriters,
} from '../../../../../../src/cli/transfer/formats/targets/target-formats';
import { placed } from '../../../../../../src/cli/transfer/formats/sources/source-task';
import { tagFault, titleFault } from '../../../../../../src/tasks/dto/task-rules';
import type { TaskDto } from '../../../../../../src/tasks/dto/task.dto';
import { readSource } from '../../../../../support/imports/read-source';

const TASK: TaskDto = {
  // Its time is created_at.
  id: '019ab5c4-7c7b-7000-8000-000000000001',
  user_id: '9aac614b-e5ba-5338-9a1f-1c3745be5fe4',
  title: 'Buy "oat" milk, please',
  description: 'two\r\nlines',
  completed: false,
  due: '2026-12-01T09:00',
  time_zone: 'Europe/Berlin',
  recurrence: 'FREQ=WEEKLY;BYDAY=TU',
  recurrence_from: 'due',
  priority: 3,
  tags: ['home', 'two words'],
  parent_id: null,
  position: 'fe654a3b83848fff7ffffffffffffffe',
  completed_at: null,
  created_at: '2025-11-24T12:09:04.379Z',
  updated_at: '2026-11-25T10:00:00.456Z',
};

function written(format: TargetFormat, tasks: readonly TaskDto[]): string {
  const { head, page, tail } = taskWriters[format];
  return head + page(tasks.map((task) => JSON.stringify(task))) + tail;
}

/** What import takes of them. */
async function readAgain(
  format: TargetFormat,
  tasks: readonly TaskDto[],
): Promise<readonly object[]> {
  const rows = await readSource(written(format, tasks), { name: `tasks.${format}` });
  return rows.map((row) => {
    if (!('task' in row)) throw new Error(JSON.stringify(row));
    const { value, leftOut } = placed(row.task);
    expect(leftOut.filter((name) => name !== 'completed_at')).toEqual([]);
    return value;
  });
}

const AWKWARD = [
  '',
  "'=1",
  '=1',
  '"',
  ' a ',
  '\n',
  'a\rb',
  '\r\n',
  '\ufeff',
  'a\n\ufeffb',
  '\\',
  '\\n',
  ',;:',
  'x ',
];
const anyText = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...AWKWARD));

/** What is absent in a file. */
/** What is read of a file; the title is always there. */
type NewTask = Pick<TaskDto, 'title' | 'completed' | 'created_at'> & Partial<TaskDto>;

const WITHOUT = {
  description: null,
  due: null,
  time_zone: null,
  recurrence: null,
  recurrence_from: 'due',
  completed_at: null,
  priority: 0,
  tags: [],
  parent_id: null,
};
const DUES = [
  { due: null, time_zone: null },
  { due: '2026-12-01', time_zone: null },
  { due: '2026-12-01T09:00', time_zone: null },
  { due: '9999-12-31T23:59', time_zone: 'Asia/Kolkata' },
  { due: '2026-02-28T00:00', time_zone: 'UTC' },
];
const tags = fc.uniqueArray(
  anyText.filter(
    (tag) => tag.trim() === tag && tag === tag.normalize() && tagFault(tag, []) === undefined,
  ),
  { maxLength: 10 },
);

function anyTasks(title: fc.Arbitrary<string>): fc.Arbitrary<readonly TaskDto[]> {
  const fields = fc.record({
    title,
    description: fc.option(anyText),
    completed: fc.boolean(),
    due: fc.constantFrom(...DUES),
    rule: fc.constantFrom(null, 'FREQ=DAILY;INTERVAL=3', 'FREQ=YEARLY;UNTIL=99991231'),
    priority: fc.nat({ max: 4 }),
    tags,
  });
  return fc.array(
    fields.map(({ due, rule, ...some }) => ({
      ...TASK,
      ...some,
      ...due,
      // A completed task has none.
      recurrence: some.completed || due.due === null ? null : rule,
      completed_at: some.completed ? TASK.updated_at : null,
    })),
    { maxLength: 5 },
  );
}

describe.each(['json', 'csv'] as const)('a file of format %s', (format) => {
  it('is read as it was written', async () => {
    const tasks = anyTasks(anyText.map((title) => `x${title}`));
    await fc.assert(
      fc.asyncProperty(tasks, async (all) => {
        const values = await readAgain(format, all);
        // In CSV an absent value is an absent property; the API takes both alike.
        expect(values.map((value) => ({ ...WITHOUT, ...value }))).toEqual(all);
      }),
    );
  });
});

const titles = anyText
  .map((text) => `${text}x`.trim())
  .filter((title) => titleFault(title) === undefined);

describe('iCalendar', () => {
  it('is read as it was written, but for line ends and milliseconds of changes', async () => {
    await fc.assert(
      fc.asyncProperty(anyTasks(titles), async (all) => {
        const values = await readAgain('ics', all);
        expect(values.map((value) => ({ ...WITHOUT, ...value }))).toEqual(
          all.map(({ user_id: _, position: __, ...task }) => ({
            ...task,
            completed_at: task.completed_at === null ? null : '2026-11-25T10:00:00Z',
            description: task.description?.replaceAll(/\r\n?/g, '\n') ?? null,
            updated_at: '2026-11-25T10:00:00Z',
          })),
        );
      }),
    );
  });

  it('keeps a task that was changed within the second that it was made in', async () => {
    const task = { ...TASK, updated_at: TASK.created_at };
    expect(await readAgain('ics', [task])).toMatchObject([
      { created_at: TASK.created_at, updated_at: TASK.created_at },
    ]);
  });

  it('is for every calendar: folded lines, CRLF, a stamp and an id', () => {
    const done = { ...TASK, title: 'ü'.repeat(100), completed: true };
    const text = written('ics', [{ ...done, completed_at: TASK.updated_at }]);
    const lines = text.split('\r\n');
    expect(lines.filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
    expect(text.replaceAll('\r\n ', '').split('\r\n')).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Task API//EN',
      'BEGIN:VTODO',
      `UID:${TASK.id}`,
      'DTSTAMP:20261125T100000Z',
      'CREATED:20251124T120904Z',
      'LAST-MODIFIED:20261125T100000Z',
      `SUMMARY:${'ü'.repeat(100)}`,
      'DESCRIPTION:two\\nlines',
      'STATUS:COMPLETED',
      'COMPLETED:20261125T100000Z',
      'DUE;TZID=Europe/Berlin:20261201T090000',
      'RRULE:FREQ=WEEKLY;BYDAY=TU',
      'PRIORITY:3',
      'CATEGORIES:home',
      'CATEGORIES:two words',
      'END:VTODO',
      'END:VCALENDAR',
      '',
    ]);
  });
});

describe('todo.txt', () => {
  it('is read as it was written, as far as it goes: title, state, days and priority', async () => {
    const marks = fc.constantFrom('x ', '(A) ', '2026-01-31 ', 'x 2026-01-31 ', '');
    const marked = fc.tuple(marks, titles).map(([mark, title]) => `${mark}${title}`);
    await fc.assert(
      fc.asyncProperty(anyTasks(marked), async (all) => {
        const values = (await readAgain('todo.txt', all)) as readonly NewTask[];
        expect(
          values.map(({ title, completed, created_at, due = null, priority = 0 }, n) => ({
            title: title.slice(0, all[n]?.title.length),
            completed,
            created_at,
            due,
            priority,
          })),
        ).toEqual(
          all.map(({ title, completed, due, priority }) => ({
            title,
            completed,
            created_at: '2025-11-24T00:00:00Z',
            due: due?.slice(0, 10) ?? null,
            priority,
          })),
        );
      }),
    );
  });

  it('has a line for each task, with its marks, and counts what has no place', () => {
    const done = {
      title: 'Done @a due:2026-12-01',
      description: null,
      completed: true,
      recurrence: null,
      tags: ['a'],
    };
    const tasks = [TASK, { ...TASK, ...done, due: '2026-12-01', completed_at: TASK.created_at }];
    expect(written('todo.txt', tasks)).toBe(
      '(B) 2025-11-24 Buy "oat" milk, please @home due:2026-12-01\n' +
        'x 2025-11-24 2025-11-24 Done @a due:2026-12-01 pri:B\n',
    );
    const { leftOut } = taskWriters['todo.txt'];
    expect(tasks.map((task) => leftOut?.(JSON.stringify(task)))).toEqual([
      ['description', 'time of due', 'recurrence', 'tags'],
      [],
    ]);
  });
});

describe('CSV', () => {
  it('is for people: a head line, quotes where they are needed, no formulas', () => {
    const formula = { ...TASK, title: '=1+1', description: null };
    const rest = `2026-12-01T09:00,Europe/Berlin,FREQ=WEEKLY;BYDAY=TU,due,3,"[""home"",""two words""]",,${TASK.position},,${TASK.created_at},${TASK.updated_at}`;
    expect(written('csv', [TASK, formula])).toBe(
      [
        'id,user_id,title,description,completed,due,time_zone,recurrence,recurrence_from,priority,tags,parent_id,position,completed_at,created_at,updated_at',
        `${TASK.id},${TASK.user_id},"Buy ""oat"" milk, please","two\r\nlines",false,${rest}`,
        `${TASK.id},${TASK.user_id},'=1+1,,false,${rest}`,
        '',
      ].join('\n'),
    );
  });
});

it('every format without a task is read as none', async () => {
  for (const format of TARGET_FORMATS) expect(await readAgain(format, [])).toEqual([]);
});
