import { describe, expect, it } from '@jest/globals';
import { contentOf, readSource } from '../../../../../support/imports/read-source';

const json = async (text: string): Promise<readonly object[]> =>
  contentOf(await readSource(text, { from: 'json' }));

describe('JSON Lines', () => {
  it('tell the line of what is no object', async () => {
    expect(await json('\ufeff{"title":"A"}\r\n\n[\n7\n{"title":"B"}\n["C"]')).toEqual([
      { place: 'line 1', title: 'A' },
      { place: 'line 3', fault: 'is not JSON' },
      { place: 'line 4', fault: 'must be a JSON object' },
      { place: 'line 5', title: 'B' },
      { place: 'line 6', fault: 'must be a JSON object' },
    ]);
  });

  it('tell the line of an object that has a name twice, whose first value would be lost', async () => {
    expect(
      await json(
        '{"title":"A","title":"B"}\n{"title":"C","tit\\u006ce":"D"}\n{"title":"E","x":{"a":1,"a":2}}\n{"title":"F: \\"title\\":"}',
      ),
    ).toEqual([
      { place: 'line 1', fault: 'has a name that is repeated: give it once' },
      { place: 'line 2', fault: 'has a name that is repeated: give it once' },
      { place: 'line 3', fault: 'has a name that is repeated: give it once' },
      { place: 'line 4', title: 'F: "title":' },
    ]);
  });

  it('are empty if nothing is wrong', async () => {
    expect(await json('')).toEqual([]);
    expect(await json('\n \n')).toEqual([]);
  });
});

it('two spellings of one field are one field and a rest that is reported', async () => {
  const [row] = await readSource('{"Title":"A","title":"B"}');
  expect(row).toMatchObject({ task: { fields: { title: 'A' }, others: ['title'] } });
});

describe('a JSON document', () => {
  const tasks = [
    { place: 'task 1', title: 'A' },
    { place: 'task 2', title: 'B' },
  ];

  it.each([
    '[{"title":"A"},{"title":"B"}]',
    '\ufeff [\n  {"title":"A"},\n  {"Title":"B"}\n]\n',
    '{"items":[{"title":"A"},{"title":"B"}],"next_cursor":null}',
    '{\n  "items": [{"title":"A"},\n {"title":"B"}]\n}',
  ])('is an array of tasks, or a page of them: %j', async (text) => {
    expect(await json(text)).toEqual(tasks);
  });

  it('is also one task on several lines', async () => {
    expect(await json('{\n  "title": "A"\n}\n')).toEqual([tasks[0]]);
  });

  it('reports what is no object, and a page that others follow', async () => {
    expect(await json('[["A"],null,{"title":"B"}]')).toEqual([
      { place: 'task 1', fault: 'must be a JSON object' },
      { place: 'task 2', fault: 'must be a JSON object' },
      { place: 'task 3', title: 'B' },
    ]);
    expect(await json('{"items":[],"next_cursor":"abc"}')).toEqual([
      { place: 'after task 0', other: 'missing page' },
    ]);
  });

  it.each([
    '[{"title":"A"},{"title":"B","title":"C"}]',
    '{"items":[{"title":"A"},{"title":"B","tags":["x"],"tags":[]}],"next_cursor":null}',
    '[{"title":"A"},{"title":"B","x":[{"a":1,"a":2}]}]',
  ])('tells the task that has a name twice: %j', async (text) => {
    expect(await json(text)).toEqual([
      tasks[0],
      { place: 'task 2', fault: 'has a name that is repeated: give it once' },
    ]);
  });

  it('is not read where it has its items twice', async () => {
    await expect(json('{"items":[{"title":"A"}],"items":[]}')).rejects.toThrow(
      'the file has a name that is repeated: give it once',
    );
  });

  it.each(['[{"title":"A"}', '{\n"title":"A"'])(
    'that is cut off cannot be read: %j',
    async (text) => {
      await expect(json(text)).rejects.toThrow('is neither JSON Lines nor one JSON array of tasks');
    },
  );
});
