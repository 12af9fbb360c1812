import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  fieldOf,
  placed,
  readTask,
  hasContent,
} from '../../../../../../src/cli/transfer/formats/sources/source-task';

describe('a task that is read', () => {
  it('has each value as a field, or names it', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/));
    fc.assert(
      fc.property(names, fc.func(fc.boolean()), (all, isUnderstood) => {
        const { fields, others } = readTask(
          all.map((name) => [name, 'value'] as const),
          (name) => (isUnderstood(name) ? () => ({ [name]: 'value' }) : undefined),
        );
        expect([...Object.keys(fields), ...others].sort()).toEqual([...all].sort());
      }),
    );
  });

  it('says nothing of what its program writes for none', () => {
    const empty = [
      null,
      undefined,
      '',
      ' ',
      0,
      false,
      'False',
      'none',
      [],
      {},
      [0, ''],
      { a: null },
    ];
    expect(empty.filter(hasContent)).toEqual([]);
    expect([1, true, 'x', ['no'], { a: { b: 1 } }, '00:10'].every(hasContent)).toBe(true);
  });

  it('names a second value of one name, which would replace the first', () => {
    const entries = [1, 2].map((value) => ['due', value] as const);
    const task = readTask(entries, () => (due) => ({ due }));
    expect(task).toEqual({ fields: { due: 1 }, others: ['due'] });
  });

  it('names what was not understood', () => {
    const { fields, others } = readTask([['due', 'every day']], () => () => undefined);
    expect({ fields, others }).toEqual({ fields: {}, others: ['due'] });
  });
});

describe('a task of the API', () => {
  it('is blank where its program has no title', () => {
    expect(placed({ fields: {}, others: [] }).value).toEqual({ title: '' });
  });

  it('has what the API has a place for, and counts the rest', () => {
    const fields = { title: 'A', description: null, due: '2026-10-05', priority: 0, tags: ['x'] };
    expect(placed({ fields, others: ['Colour'], inTitle: ['tags'] })).toEqual({
      value: { title: 'A', description: null, due: '2026-10-05', priority: 0, tags: ['x'] },
      leftOut: ['Colour'],
    });
  });
});

describe('the name of a field', () => {
  it.each(['created_at', 'Created At', 'CREATED-AT', 'createdAt', ' created_at '])(
    'is understood as %j',
    (name) => {
      expect(fieldOf(name)).toBe('created_at');
    },
  );

  it.each(['', 'create', 'Due Date', 'constructor', '__proto__'])('is not %j', (name) => {
    expect(fieldOf(name)).toBeUndefined();
  });
});
