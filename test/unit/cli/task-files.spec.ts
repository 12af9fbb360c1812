import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SourceRow, taskReaders } from '../../../src/cli/transfer/task-readers';
import { FORMATS, type Format, taskWriters } from '../../../src/cli/transfer/task-writers';
import type { TaskDto } from '../../../src/tasks/dto/task.dto';

const TASK: TaskDto = {
  id: '019ab5c4-7c00-7000-8000-000000000001',
  user_id: '9aac614b-e5ba-5338-9a1f-1c3745be5fe4',
  title: 'Buy "oat" milk, please',
  description: 'two\r\nlines',
  completed: false,
  created_at: '2026-11-25T10:00:00.000Z',
  updated_at: '2026-11-25T10:00:00.000Z',
};

async function* inTurn(text: string | Buffer): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += 7) {
    yield await Promise.resolve(bytes.subarray(from, from + 7));
  }
}

async function read(format: Format, text: string | Buffer): Promise<readonly SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const row of taskReaders[format](inTurn(text))) rows.push(row);
  return rows;
}

function written(format: Format, tasks: readonly TaskDto[]): string {
  const { head, page } = taskWriters[format];
  return head + page(tasks.map((task) => JSON.stringify(task)));
}

describe.each(FORMATS)('a file of format %s', (format) => {
  it('is read as it was written', async () => {
    const text = fc.string({ unit: 'grapheme' });
    const awkward = fc.constantFrom(
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
    );
    const anyText = fc.oneof(text, awkward);
    const task = fc.record({
      title: anyText.map((title) => `x${title}`),
      description: fc.option(anyText),
      completed: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(task, { maxLength: 5 }), async (fields) => {
        const tasks = fields.map((some) => ({ ...TASK, ...some }));
        const rows = await read(format, written(format, tasks));
        // In CSV an absent description is an absent property; the API takes both alike.
        const values = rows.map(({ value }) => ({ description: null, ...value }));
        expect(values).toEqual(tasks);
        expect(rows.filter(({ fault }) => fault !== undefined)).toEqual([]);
      }),
    );
  });
});

describe('CSV', () => {
  it('is for people: a head line, quotes where they are needed, no formulas', () => {
    const formula = { ...TASK, title: '=1+1', description: null };
    expect(written('csv', [TASK, formula])).toBe(
      [
        'id,user_id,title,description,completed,created_at,updated_at',
        `${TASK.id},${TASK.user_id},"Buy ""oat"" milk, please","two\r\nlines",false,${TASK.created_at},${TASK.updated_at}`,
        `${TASK.id},${TASK.user_id},'=1+1,,false,${TASK.created_at},${TASK.updated_at}`,
        '',
      ].join('\n'),
    );
  });

  it('of a spreadsheet is understood: byte order mark, CRLF, capitals, some of the columns', async () => {
    expect(await read('csv', '\ufefftitle,completed\r\nMilk,TRUE\r\nBread,\r\n')).toEqual([
      { line: 2, value: { title: 'Milk', completed: true } },
      { line: 3, value: { title: 'Bread' } },
    ]);
  });

  it('names the line where a row begins, whatever is in the ones before', async () => {
    const text = 'title,description\nA,"1\n2\n3"\n\nB,x,y\nC,\n';
    expect(await read('csv', text)).toEqual([
      { line: 2, value: { title: 'A', description: '1\n2\n3' } },
      { line: 6, fault: 'has 3 cells for 2 columns' },
      { line: 7, value: { title: 'C' } },
    ]);
  });

  it.each([
    ['', { line: 1, fault: 'must name the columns' }],
    [
      'title;completed\nMilk;true\n',
      { line: 1, fault: expect.stringContaining('not by semicolons') },
    ],
    [
      '\ufefftitle;description;completed\r\nMilch;"zwei Liter";WAHR\r\n',
      { line: 1, fault: expect.stringContaining('not by semicolons') },
    ],
    ['title\tcompleted\nM"ilk\ttrue\n', { line: 1, fault: expect.stringContaining('not by tabs') }],
    ['ti"tle\nMilk\n', { line: 1, fault: expect.stringContaining('must name columns of id') }],
    ['"title\n', { line: 1, fault: expect.stringContaining('must name columns of id') }],
    [
      'title,titel\nMilk,x\n',
      { line: 1, fault: expect.stringContaining('must name columns of id') },
    ],
    ['title,title\nMilk,x\n', { line: 1, fault: 'must name each column once' }],
    ['title\nMi"lk\n', { line: 2, fault: expect.stringMatching(/^is not CSV: [a-z ]+$/) }],
    ['title\nMilk\n"never closed\n', { line: 3, fault: expect.stringMatching(/^is not CSV: /) }],
  ])('%j ends with a fault', async (text, fault) => {
    expect((await read('csv', text)).at(-1)).toEqual(fault);
  });

  it('that is not UTF-8 ends with a fault', async () => {
    const rows = await read(
      'csv',
      Buffer.concat([Buffer.from('title\nMilk\nGr'), Buffer.from([0xfc, 0x0a])]),
    );
    expect(rows.at(-1)).toEqual({ line: 3, fault: 'is not UTF-8' });
  });
});

describe('JSON Lines', () => {
  it('tell the line of what is no object', async () => {
    expect(await read('json', '\ufeff{"title":"A"}\r\n\n[\n7\n{"title":"B"}\n["C"]')).toEqual([
      { line: 1, value: { title: 'A' } },
      { line: 3, fault: 'is not JSON' },
      { line: 4, fault: 'must be a JSON object' },
      { line: 5, value: { title: 'B' } },
      { line: 6, fault: 'must be a JSON object' },
    ]);
  });
});
