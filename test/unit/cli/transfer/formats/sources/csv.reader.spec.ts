import { describe, expect, it } from '@jest/globals';
import { columnMap } from '../../../../../../src/cli/transfer/column-map';
import { contentOf, readSource } from '../../../../../support/imports/read-source';

const csv = async (text: string | Buffer, map?: string): Promise<readonly object[]> =>
  contentOf(
    await readSource(text, { from: 'csv', ...(map !== undefined && { columns: columnMap(map) }) }),
  );

const firstRow = async (text: string, map?: string): Promise<object | undefined> =>
  (await csv(text, map))[0];

describe('CSV', () => {
  it('of a spreadsheet is understood: byte order mark, CRLF, capitals, some of the columns', async () => {
    expect(await csv('\ufeffTitle,COMPLETED\r\nMilk,TRUE\r\nBread,\r\n')).toEqual([
      { place: 'line 2', title: 'Milk', completed: true },
      { place: 'line 3', title: 'Bread' },
    ]);
  });

  it.each([
    ['title;description\r\n"a;b";c,d\r\n', { title: 'a;b', description: 'c,d' }],
    ['title\tdescription\na\tc,d;e\n', { title: 'a', description: 'c,d;e' }],
    ['title|description\na|b\n', { title: 'a', description: 'b' }],
    ['title\na;b\n', { title: 'a;b' }],
    ['sep=;\r\ntitle;description\r\na;b\r\n', { place: 'line 3', title: 'a', description: 'b' }],
    ['sep=,\ntitle,description\n"a;b",c\n', { title: 'a;b', description: 'c' }],
    ['"sep=|"\ntitle|description\na|b\n', { title: 'a', description: 'b' }],
    // By columns that are known, not by the number of columns.
    ['title,a;b;c;d\nx,y\n', { title: 'x' }],
    ['note;title\n"1,2";x\n', { title: 'x' }],
  ])('has the separator that its head line tells: %j', async (text, row) => {
    expect(await firstRow(text)).toMatchObject(row);
  });

  it.each([
    ['Title,Created At,UPDATED-AT,timeZone', ['title', 'created_at', 'updated_at', 'time_zone']],
    [' title , Due Date ,TAGS', ['title', 'tags']],
  ])('names its columns in any way of writing them: %s', async (head, fields) => {
    const cells = head.split(',').map((_, n) => `cell ${n}`);
    expect(Object.keys((await firstRow(`${head}\n${cells.join()}\n`)) ?? {})).toEqual([
      'place',
      ...fields,
    ]);
  });

  it.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['yes', true],
    ['x', true],
    ['WAHR', true],
    ['VRAI', true],
    ['false', false],
    ['0', false],
    ['No', false],
    ['FALSCH', false],
    ['maybe', 'maybe'],
  ])('says whether a task is done by %s', async (cell, completed) => {
    expect(await firstRow(`title,completed\na,${cell}\n`)).toMatchObject({ completed });
  });

  it('has the other fields as a person or export writes them', async () => {
    const text =
      'title,priority,tags,due\nA,2,home; car,2026-10-05\nB,high,"[""home"",""a,b""]",\n';
    expect(await csv(text)).toEqual([
      { place: 'line 2', title: 'A', priority: 2, tags: ['home', 'car'], due: '2026-10-05' },
      { place: 'line 3', title: 'B', priority: 'high', tags: ['home', 'a,b'] },
    ]);
  });

  it('has a column for each field that --map names, and its own for the others', async () => {
    const text = 'Subject,Notes,Title,Completed\nMilk,two,ignored,yes\n';
    const rows = await readSource(text, {
      columns: columnMap('title=Subject,description=notes'),
    });
    expect(rows[0]).toMatchObject({
      task: {
        fields: { title: 'Milk', description: 'two', completed: true },
        others: ['Title'],
      },
    });
  });

  it('has columns without a name, as long as nothing is in them', async () => {
    expect(await csv('title,,\nA,,\nB,,,\n')).toEqual([
      { place: 'line 2', title: 'A' },
      { place: 'line 3', title: 'B' },
    ]);
    const [row] = await readSource('title,\nA,x\n');
    expect(row).toMatchObject({ task: { others: ['column 2'] } });
  });

  it('names the line where a row begins, whatever is in the ones before', async () => {
    const text = 'title,description\nA,"1\n2\n3"\n\n,\nB,x,y\nC\nD,\n';
    expect(await csv(text)).toEqual([
      { place: 'line 2', title: 'A', description: '1\n2\n3' },
      { place: 'line 7', fault: expect.stringMatching(/^has 3 cells for 2 columns; /) },
      { place: 'line 8', fault: expect.stringMatching(/^has 1 cell for 2 columns; /) },
      { place: 'line 9', title: 'D' },
    ]);
  });

  it.each([
    ['', 'line 1 must name the columns'],
    ['title,Title\nMilk,x\n', 'line 1 must name each column once, and names "title" again'],
    [
      'Subject;Notes\nMilk;x\n',
      'line 1 must name a column "title"; it names "Subject", "Notes". Name the column of the titles: --map title=COLUMN',
    ],
    ['ti"tle\nMilk\n', 'line 1 is not CSV: invalid opening quote. A cell that holds quotes'],
    ['title\nMi"lk\n', 'line 2 is not CSV: '],
    ['title\nMilk\n"never closed\n', 'line 3 is not CSV: quote not closed'],
    [
      Buffer.from('title\nMilk\nGr\xfcn\n', 'latin1'),
      'line 3 is not UTF-8: save the file as UTF-8',
    ],
  ])('%j cannot be read', async (text, fault) => {
    await expect(csv(text)).rejects.toThrow(fault);
  });

  it('has every column that --map names', async () => {
    await expect(csv('title,Notes\nA,b\n', 'title=Subject')).rejects.toThrow(
      'line 1 has no column "Subject"; it names "title", "Notes"',
    );
  });
});

describe('the columns that --map names', () => {
  it('are given at once or one at a time, commas within a name included', () => {
    const map = columnMap('title=Task, short,description=A=B', columnMap('Created At=Made'));
    expect([...map]).toEqual([
      ['created_at', 'Made'],
      ['title', 'Task, short'],
      ['description', 'A=B'],
    ]);
  });

  it.each(['title', 'title=', '=x', 'titel=x'])('are not %j', (text) => {
    expect(() => columnMap(text)).toThrow(
      /^It must be FIELD=COLUMN, such as title=Subject, with one of the fields id, user_id, title/,
    );
  });

  it('give a field one column', () => {
    expect(() => columnMap('title=a,title=b')).toThrow('It must give title one column.');
  });
});
