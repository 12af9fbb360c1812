import { describe, expect, it } from '@jest/globals';
import { SORTS } from '../../../../src/tasks/dto/list-tasks.query';
import { type Search, searchStatement } from '../../../../src/tasks/search/tasks.search';

const ID = '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d';
const EVERYTHING: Search = {
  filters: {
    completed: false,
    aboveId: ID,
    belowId: ID,
    updatedAfter: '2026-01-01T00:00:00.000Z',
    updatedBefore: '2026-01-02T00:00:00.000Z',
    text: "'; drop table tasks; --",
    dueBefore: '2026-01-02T00:00',
    dueAfter: '2026-01-01',
    overdue: true,
    timeZone: 'Europe/Berlin',
    noDue: false,
    priority: 3,
    priorityMin: 2,
    tags: ["' or true --"],
  },
  sort: 'title',
  after: { key: "' or true --", id: ID },
  limit: 7,
  count: true,
};

/** One row more says that there is another page. */
const LIMIT = '8';

const placeholdersIn = (text: string): readonly number[] =>
  [...new Set(Array.from(text.matchAll(/\$(\d+)/g), ([, number]) => Number(number)))].sort(
    (a, b) => a - b,
  );

describe('the statement of a search', () => {
  it.each(SORTS)('sort=%s: holds nothing that came from a client', (sort) => {
    const { text, values } = searchStatement({ ...EVERYTHING, sort });

    for (const value of values) {
      if (value !== null && !/^\d$/.test(value)) expect(text).not.toContain(value);
    }
    expect(text).not.toMatch(/drop table|or true/);
  });

  it.each<[string, Search]>([
    ['everything', EVERYTHING],
    ['nothing', { filters: {}, sort: 'created_at', after: undefined, limit: 50, count: false }],
  ])('numbers its parameters behind the owner: %s', (_, search) => {
    const { text, values } = searchStatement(search);

    expect(placeholdersIn(text)).toEqual(
      Array.from({ length: values.length + 1 }, (_v, i) => i + 1),
    );
  });

  it('names the owner wherever it reads tasks', () => {
    const { text } = searchStatement(EVERYTHING);

    const reads = text.split(/\sfrom tasks/).slice(1);
    expect(reads).toHaveLength(2);
    for (const rest of reads) expect(rest).toMatch(/^\s+where tasks\.user_id = \$1\s+and /);
  });

  it('orders titles by code point, whatever the locale of the database is', () => {
    const { text } = searchStatement(EVERYTHING);

    expect(text).toContain('order by title collate "C" asc, id asc');
    expect(text).toContain('and (title collate "C", id) >');
  });

  it.each([
    ['a', ['a']],
    ['\\%_.*', ['\\%_.*']],
    ['caf\u00e9', ['caf\u00e9', 'cafe\u0301']],
    ['cafe\u0301', ['cafe\u0301', 'caf\u00e9']],
    ['e\u0301\u0323', ['e\u0301\u0323', '\u1eb9\u0301', 'e\u0323\u0301']],
  ])('looks for %j in each of its spellings, to the letter', (text, spellings) => {
    const { text: statement, values } = searchStatement({
      ...EVERYTHING,
      filters: { text },
      after: undefined,
    });

    expect(values).toEqual([...spellings, LIMIT]);
    expect(statement.split("'***=' || lower($")).toHaveLength(2 * 2 * spellings.length + 1);
  });
});
