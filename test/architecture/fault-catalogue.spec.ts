import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const PAGE = readFileSync('docs/faults.md', 'utf8');
const ROW = /^\| (F\d+|R\d+) +\| ([^|]+?) +\| ([^|]+?) +\|$/gm;

interface Row {
  readonly id: string;
  readonly fault: string;
  /** What the files of its tests say. */
  readonly files: readonly string[];
}

const ROWS: readonly Row[] = [...PAGE.matchAll(ROW)].map(([, id = '', fault = '', where = '']) => ({
  id,
  fault,
  files: [...where.matchAll(/`((?:\w+\/)+[\w-]+)`/g)].map(([, path = '']) => contentOf(path)),
}));

/** @throws Error where there is no such test, nor such support of tests */
function contentOf(path: string): string {
  const file = [`test/${path}.spec.ts`, `test/${path}.ts`].find((name) => existsSync(name));
  if (file === undefined) throw new Error(`docs/faults.md names ${path}, which is not there`);
  return readFileSync(file, 'utf8');
}

describe('The catalogue of faults in docs/faults.md', () => {
  it('has every row of the faults, and of the resources that run out', () => {
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17, 18, 19, 20]
      .concat([22, 23, 24, 25, 26, 27, 28, 29, 30])
      .map((number) => `F${number}`);

    expect(new Set(ROWS.map(({ id }) => id))).toEqual(new Set([...numbers, 'R2', 'R4', 'R5']));
  });

  it.each(ROWS)('names a test of $id that says so: $fault', ({ id, files }) => {
    const mentions = new RegExp(`\\b${id}\\b`);

    expect(files.filter((content) => mentions.test(content))).not.toEqual([]);
  });
});
