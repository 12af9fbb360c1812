import { describe, expect, it } from '@jest/globals';
import { startText } from '../../../../../src/cli/transfer/formats/encoding';
import { detectFormat } from '../../../../../src/cli/transfer/formats/source-formats';
import { placed } from '../../../../../src/cli/transfer/formats/source-task';
import { LeftOut } from '../../../../../src/cli/transfer/left-out';
import {
  contentOf,
  readSource,
  sampleBytes,
  SAMPLES,
} from '../../../../support/imports/read-source';

const detected = (text: string, file = 'file'): string =>
  detectFormat(startText(Buffer.from(text)), file, new Map());

describe('what wrote a file', () => {
  it.each(SAMPLES)('is told by $file itself', ({ file, from }) => {
    expect(detectFormat(startText(sampleBytes(file)), 'file', new Map())).toBe(from);
  });

  it.each([
    ['{"title":"\\"kind\\": \\"tasks#task\\""}', 'json'],
    ['[{"title":"a"}]', 'json'],
    ['{"items":[],"next_cursor":null}', 'json'],
    ['{"kind":"tasks#tasks","items":[]}', 'google-tasks'],
    [
      '{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata","value":[]}',
      'microsoft-todo',
    ],
    ['Title\tNotes\n', 'csv'],
    ['"sep=|"\nx|y\n', 'csv'],
    ['TITLE\nMilk\n', 'csv'],
    ['(B) Milk\n', 'todo.txt'],
    ['2026-01-31 Milk\n', 'todo.txt'],
  ])('is told by its beginning: %j', (text, format) => {
    expect(detected(text)).toBe(format);
  });

  it.each([
    ['Subject,Notes\n', 'outlook.CSV', 'csv'],
    ['Milk\n', 'todo.txt', 'todo.txt'],
    ['', 'tasks.jsonl', 'json'],
    ['', 'empty.ics', 'ics'],
  ])('is else told by its name: %j in %s', (text, file, format) => {
    expect(detected(text, file)).toBe(format);
  });

  it('is asked for where nobody can tell', () => {
    expect(() => detected('Milk\nBread\n')).toThrow(
      'the file does not tell what wrote it: say so by --from json|csv|todoist|google-tasks|microsoft-todo|ics|todo.txt|vikunja|ticktick',
    );
  });
});

describe.each(SAMPLES)('the sample $file', ({ file }) => {
  it('is read, and what a task has no place for is counted', async () => {
    const leftOut = new LeftOut();
    const values: object[] = [];
    for (const row of await readSource(sampleBytes(file))) {
      if ('other' in row) leftOut.addOther(row.other);
      if (!('task' in row)) continue;
      const task = placed(row.task);
      values.push(task.value);
      leftOut.addFields(task.leftOut);
    }
    expect({ values, leftOut: leftOut.toJSON() }).toEqual(EXPECTED[file]);
  });

  it('gives its rows away as a file that is read alike', async () => {
    const rows = await readSource(sampleBytes(file));
    const tasks = rows.flatMap((row) => ('task' in row ? [row] : []));
    const rejected = tasks.map((row) => row.rejected);
    const text = [
      rejected[0]?.head,
      ...rejected.map((row) => row.text('a, "b"; c')),
      rejected.at(-1)?.tail,
    ].join('');
    const again = await readSource(text, { name: 'rejects' });
    const withoutPlaces = (all: readonly object[]): readonly object[] =>
      all.flatMap((row) => ('other' in row ? [] : [{ ...row, place: '', parent: undefined }]));
    // A subtask stands there beside its parent, and again in it.
    const found = withoutPlaces(contentOf(again)).map((row) => JSON.stringify(row));
    expect([...new Set(found)]).toEqual(
      withoutPlaces(contentOf(tasks)).map((row) => JSON.stringify(row)),
    );
  });
});

const EXPECTED: Readonly<Record<string, object>> = {
  'excel.csv': {
    values: [
      {
        title: 'Milch; "frisch"',
        description: 'zwei Liter\r\nund Hafer',
        completed: true,
        created_at: '2026-09-01T08:15:30Z',
      },
      { title: '=1+1', completed: false },
      { title: 'Öl kaufen', completed: true },
    ],
    leftOut: { due: 1, priority: 1, Colour: 1 },
  },
  'todoist.csv': {
    values: [
      {
        title: 'Repaint the fence @garden @weekend',
        description: 'Two coats, "weatherproof"\r\nand a brush',
      },
      { title: 'Buy paint' },
      { title: 'Ask for a "trade" price, in writing' },
      { title: '=SUM(A1:A9) – mail ada@example.com 🎂' },
      { title: 'Wasser für die Blumen', description: '-5 °C' },
    ],
    leftOut: {
      due: 2,
      time_zone: 4,
      priority: 3,
      parent: 2,
      // "every monday at 9am"
      DATE: 1,
      AUTHOR: 5,
      RESPONSIBLE: 1,
      DURATION: 1,
      DURATION_UNIT: 1,
      DEADLINE: 1,
      DEADLINE_LANG: 1,
      setting: 1,
      section: 1,
      comment: 1,
    },
  },
  'google-tasks.json': {
    values: [
      {
        title: 'Plan the "summer" trip, at last',
        description: 'Two weeks\nnot more',
        completed: false,
        created_at: '2026-09-01T08:15:30.123456Z',
        updated_at: '2026-09-02T08:15:30.123456Z',
      },
      {
        title: "Réserver l'hôtel à Kraków 🏨",
        completed: true,
        created_at: '2026-09-03T10:00:00.000Z',
        updated_at: '2026-09-03T10:00:00.000Z',
      },
      {
        title: 'Milk, "oat"',
        completed: false,
        created_at: '2026-09-05T10:00:00.000Z',
        updated_at: '2026-09-05T10:00:00.000Z',
      },
    ],
    leftOut: {
      due: 1,
      completed_at: 1,
      parent: 1,
      position: 1,
      source_id: 3,
      task_type: 2,
      links: 1,
      scheduled_time: 1,
      selfLink: 2,
      hidden: 1,
      starred: 1,
      list: 3,
      'deleted task': 1,
    },
  },
  'microsoft-todo.json': {
    values: [
      {
        title: 'Renew the passport; "biometric"',
        description: 'Photo, 35 × 45 mm\r\nForm',
        created_at: '2026-08-01T18:36:12.0646821Z',
        updated_at: '2026-08-02T18:36:12.0646821Z',
      },
      { title: 'Foto machen', completed: true, created_at: '2026-08-01T18:40:00Z' },
      { title: 'Form', completed: false, created_at: '2026-08-01T18:41:00Z' },
      {
        title: 'Wasser 💧',
        description: null,
        completed: true,
        created_at: '2026-08-03T18:36:12.0646821Z',
        updated_at: '2026-08-04T18:36:12.0646821Z',
      },
    ],
    leftOut: {
      due: 1,
      priority: 1,
      tags: 1,
      completed_at: 1,
      parent: 2,
      source_id: 4,
      // "inProgress"
      status: 1,
      isReminderOn: 1,
      reminderDateTime: 1,
      hasAttachments: 1,
      recurrence: 1,
      list: 2,
    },
  },
  'tasks.ics': {
    values: [
      {
        title: 'Prepare the talk, "short" version; slides äöü and a line that is folded',
        description: 'First line\nSecond; with a semicolon',
        completed: false,
        created_at: '2026-09-01T08:15:30Z',
        updated_at: '2026-09-02T08:15:30Z',
      },
      { title: 'Print handouts 🖨', completed: true, created_at: '2026-09-03T08:15:30Z' },
    ],
    leftOut: {
      due: 2,
      time_zone: 1,
      priority: 1,
      tags: 1,
      completed_at: 1,
      parent: 1,
      recurrence: 1,
      source_id: 2,
      'PERCENT-COMPLETE': 1,
      'X-APPLE-SORT-ORDER': 1,
      VALARM: 1,
      event: 1,
      'calendar property X-WR-CALNAME': 1,
    },
  },
  'todo.txt': {
    values: [
      {
        title: 'Thank Mum for the "meatballs", all of them @phone due:2026-10-05',
        completed: false,
        created_at: '2026-03-01T00:00:00Z',
      },
      { title: 'Schedule pickup +GarageSale @phone rec:+1w', completed: false },
      {
        title: 'Call Größe & Söhne pri:B 🎂',
        completed: true,
        created_at: '2026-03-02T00:00:00Z',
      },
      { title: 'No day of creation', completed: true },
      { title: 'xylophone lesson; 2+2 at http://example.com:8080/a', completed: false },
      { title: '@GroceryStore =1+1', completed: false },
      { title: '2026-03-06 is a day', completed: false, created_at: '2026-03-05T00:00:00Z' },
    ],
    leftOut: { priority: 2, completed_at: 2 },
  },
  'vikunja.json': {
    values: [
      {
        title: 'Order seeds, "heirloom"',
        description: '<p>Two bags</p>',
        completed: false,
        created_at: '2026-07-01T10:00:00+02:00',
        updated_at: '2026-07-02T10:00:00+02:00',
      },
      {
        title: 'Gießen 🌱',
        description: null,
        completed: true,
        created_at: '2026-07-01T11:00:00+02:00',
        updated_at: '2026-07-03T10:00:00+02:00',
      },
    ],
    leftOut: {
      due: 1,
      time_zone: 1,
      priority: 1,
      tags: 1,
      completed_at: 1,
      parent: 1,
      recurrence: 1,
      position: 1,
      source_id: 2,
      project_id: 2,
      percent_done: 1,
      identifier: 2,
      index: 2,
      comments: 1,
      project: 2,
    },
  },
  'ticktick.csv': {
    values: [
      {
        title: 'Write the "short" text, then the long one',
        description: 'First line\n\nThird line; with a semicolon',
        completed: false,
        created_at: '2026-09-09T15:09:48+00:00',
      },
      {
        title: 'Proof-read',
        description: null,
        completed: true,
        created_at: '2026-09-09T15:20:55Z',
      },
      {
        title: 'Packing list',
        description: '▫Passport▪Socks',
        completed: false,
        created_at: '2026-09-11T20:09:58+00:00',
      },
      {
        title: 'Größe der Fenster 🪟',
        description: '=1+1',
        completed: true,
        created_at: '2026-09-12T20:09:58+00:00',
      },
    ],
    leftOut: {
      due: 2,
      time_zone: 1,
      priority: 2,
      tags: 1,
      completed_at: 2,
      parent: 1,
      recurrence: 1,
      position: 2,
      source_id: 4,
      'Folder Name': 2,
      'List Name': 4,
      'Start Date': 1,
      Reminder: 1,
      'Column Name': 1,
      'View Mode': 1,
      Kind: 2,
      'Is Check list': 1,
    },
  },
};
