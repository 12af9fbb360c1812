import { describe, expect, it } from '@jest/globals';
import { startText } from '../../../../../../src/cli/transfer/formats/sources/encoding';
import { detectFormat } from '../../../../../../src/cli/transfer/formats/sources/source-formats';
import {
  contentOf,
  readSource,
  sampleBytes,
  SAMPLES,
} from '../../../../../support/imports/read-source';

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

  it('is required if it is unknown', () => {
    expect(() => detected('Milk\nBread\n')).toThrow(
      'the file has no format that can be detected: name it with --from json|csv|todoist|google-tasks|microsoft-todo|ics|todo.txt|vikunja|ticktick',
    );
  });
});

describe('a file of another program', () => {
  it.each(['todoist.csv', 'ticktick.csv'])(
    'may have been saved by a spreadsheet: %s',
    async (file) => {
      // No text of these samples has a tab.
      const comma = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/g;
      const text = sampleBytes(file).toString('utf8').replaceAll(comma, '\t');
      expect(contentOf(await readSource(text))).toEqual(
        contentOf(await readSource(sampleBytes(file))),
      );
    },
  );

  it('has closed tasks that were not done, which are no open ones', async () => {
    const calendar =
      'BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:A\nSTATUS:CANCELLED\nEND:VTODO\nEND:VCALENDAR';
    expect(await readSource(calendar)).toMatchObject([
      { task: { fields: { title: 'A', completed: true }, others: ['STATUS'] } },
    ]);
    const tickTick = '"List Name","Title","Status"\n"Inbox","A","-1"\n';
    expect(await readSource(tickTick)).toMatchObject([
      { task: { fields: { title: 'A', completed: true }, others: ['List Name', 'Status'] } },
    ]);
  });

  it('names what a component of iCalendar has twice, and joins its categories', async () => {
    const todo = 'SUMMARY:A\nRELATED-TO:1\nRELATED-TO:2\nCATEGORIES:x\nCATEGORIES:y,z';
    const calendar = `BEGIN:VCALENDAR\nBEGIN:VTODO\n${todo}\nEND:VTODO\nEND:VCALENDAR`;
    expect(await readSource(calendar)).toMatchObject([
      { task: { fields: { parent: '1', tags: ['x', 'y', 'z'] }, others: ['RELATED-TO'] } },
    ]);
  });

  it.each([
    ['BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:A\n', 'line 2 begins a component that has no END line'],
    ['BEGIN:VEVENT\nEND:VEVENT\n', 'the file is not an iCalendar file'],
  ])('that is iCalendar and breaks off cannot be read: %j', async (text, fault) => {
    await expect(readSource(text, { from: 'ics' })).rejects.toThrow(fault);
  });

  it('reports a component of iCalendar that is broken, and reads the others', async () => {
    const todos = ['SUMMARY:A', 'no colon', 'SUMMARY:B'].map(
      (line) => `BEGIN:VTODO\n${line}\nEND:VTODO\n`,
    );
    expect(
      contentOf(await readSource(`BEGIN:VCALENDAR\n${todos.join('')}END:VCALENDAR\n`)),
    ).toMatchObject([
      { title: 'A' },
      { place: 'line 5', fault: 'is not iCalendar: a line of it has no name or no value' },
      { title: 'B' },
    ]);
  });

  it.each([
    ['google-tasks', '{"kind":"tasks#tasks","nextPageToken":"x","items":[]}'],
    ['microsoft-todo', '{"@odata.nextLink":"https://x","value":[]}'],
  ] as const)('tells of %s that a page is missing', async (from, text) => {
    expect(contentOf(await readSource(text, { from }))).toEqual([
      { place: 'after task 0', other: 'missing page' },
    ]);
  });

  it('has names of its own only, not those of every object', async () => {
    const text = '{"kind":"tasks#task","title":"A","status":"constructor","constructor":"x"}';
    expect(await readSource(text)).toMatchObject([
      { task: { fields: { title: 'A' }, others: ['status', 'constructor'] } },
    ]);
  });

  it('that is todo.txt may be of a day that has not begun in UTC', async () => {
    const tomorrow = new Date(Date.now() + 13 * 3_600_000).toISOString().slice(0, 10);
    const [row] = await readSource(`${tomorrow} Milk\n`, { from: 'todo.txt' });
    const { created_at: created } = (contentOf(row === undefined ? [] : [row])[0] ?? {}) as {
      readonly created_at?: string;
    };
    expect(Date.parse(String(created))).toBeLessThanOrEqual(Date.now());
  });
});
