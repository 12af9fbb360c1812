import { describe, expect, it } from '@jest/globals';
import { EXPECTED_OF_SAMPLES } from '../../../../support/imports/expected-of-samples';
import { placed } from '../../../../../src/cli/transfer/formats/sources/source-task';
import { LeftOut } from '../../../../../src/cli/transfer/left-out';
import {
  contentOf,
  readSource,
  sampleBytes,
  SAMPLES,
} from '../../../../support/imports/read-source';

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
    expect({ values, leftOut: leftOut.toJSON() }).toEqual(EXPECTED_OF_SAMPLES[file]);
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

/** All fields, those included that the API has no place for yet. */
describe('the further fields of a sample', () => {
  it.each([
    [
      'todoist.csv',
      [
        { due: '2026-10-05', time_zone: 'Europe/Berlin', priority: 4, tags: ['garden', 'weekend'] },
        { due: '2026-10-04T09:30', time_zone: 'Europe/Berlin', priority: 3, parent: 'line 4' },
        { time_zone: 'Europe/Berlin', parent: 'line 7', priority: 0 },
        { time_zone: 'Europe/Berlin', priority: 2 },
        { priority: 0 },
      ],
    ],
    [
      'google-tasks.json',
      [
        { due: '2026-10-05', source_id: 'dDE' },
        {
          completed_at: '2026-09-03T10:00:00.000Z',
          parent: 'dDE',
          position: '00000000000000000001',
          source_id: 'dDI',
        },
        { source_id: 'dDQ' },
      ],
    ],
    [
      'microsoft-todo.json',
      [
        { due: '2026-10-05', priority: 3, tags: ['Blue category', 'Travel'], source_id: 'AAMk1' },
        { parent: 'AAMk1', source_id: 'c1' },
        { parent: 'AAMk1', source_id: 'c2' },
        {
          unknown_recurrence: 'FREQ=WEEKLY;INTERVAL=1;BYDAY=MO',
          completed_at: '2026-08-04T18:36:12.0000000Z',
          priority: 0,
          tags: [],
          source_id: 'AAMk2',
        },
      ],
    ],
    [
      'tasks.ics',
      [
        {
          due: '2026-10-05T09:30',
          time_zone: 'Europe/Berlin',
          priority: 4,
          tags: ['work', 'talks, long', 'travel'],
          recurrence: 'FREQ=WEEKLY;BYDAY=MO',
          source_id: '4e5c1f2e-2f6a-4c0e-9d4f-0b1f1a2b3c4d',
        },
        {
          due: '2026-10-04',
          completed_at: '2026-09-04T08:15:30Z',
          parent: '4e5c1f2e-2f6a-4c0e-9d4f-0b1f1a2b3c4d',
          source_id: 'sub-1',
        },
      ],
    ],
    [
      'vikunja.json',
      [
        {
          due: '2026-10-05T07:00',
          time_zone: 'UTC',
          priority: 4,
          tags: ['garden', 'shop; online'],
          recurrence: 'FREQ=DAILY;INTERVAL=7',
          position: 0,
          source_id: '1',
        },
        {
          completed_at: '2026-07-03T10:00:00+02:00',
          priority: 0,
          parent: '1',
          position: 65536,
          source_id: '2',
        },
      ],
    ],
    [
      'ticktick.csv',
      [
        {
          due: '2026-10-06',
          priority: 3,
          tags: ['urgent', 'work'],
          recurrence: 'FREQ=WEEKLY;BYDAY=TU',
          position: -1099511627776,
          source_id: '1',
        },
        {
          due: '2026-10-06T09:30',
          time_zone: 'Europe/Berlin',
          priority: 1,
          tags: [],
          completed_at: '2026-09-10T08:00:00+00:00',
          parent: '1',
          position: 1099511627776,
          source_id: '2',
        },
        { priority: 0, tags: [], position: 0, source_id: '3' },
        {
          priority: 0,
          tags: [],
          completed_at: '2026-09-13T20:09:58+00:00',
          position: 0,
          source_id: '4',
        },
      ],
    ],
    [
      'todo.txt',
      [
        { priority: 4, due: '2026-10-05', tags: ['phone'] },
        { priority: 1, tags: ['GarageSale', 'phone'] },
        { priority: 3, completed_at: '2026-03-03T00:00:00Z' },
        { completed_at: '2026-03-04T00:00:00Z' },
        {},
        { tags: ['GroceryStore'] },
        {},
      ],
    ],
  ])('of %s have the form of the API', async (file, expected) => {
    const rows = await readSource(sampleBytes(file));
    const fields = rows.flatMap((row) => ('task' in row ? [row.task.fields] : []));
    const placedNow = ['title', 'description', 'completed', 'created_at', 'updated_at'];
    expect(
      fields.map((all) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => !placedNow.includes(name))),
      ),
    ).toEqual(expected);
  });
});
