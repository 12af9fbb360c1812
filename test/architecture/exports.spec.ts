import { expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';

const VALUE = /^export (?:abstract |async )*(?:const|function|class) (\w+)/gm;
const WORDS = /\w+/g;

/** The names that each file exports at run time, without those that another file has as a word. */
function unusedValues(files: ReadonlyMap<string, string>): readonly string[] {
  const users = new Map<string, Set<string>>();
  for (const [file, text] of files) {
    for (const [word] of text.matchAll(WORDS)) {
      users.set(word, (users.get(word) ?? new Set()).add(file));
    }
  }
  return [...files].flatMap(([file, text]) =>
    Array.from(text.matchAll(VALUE), ([, name = '']) => name)
      .filter((name) => file.startsWith('src') && users.get(name)?.size === 1)
      .map((name) => `${file}: ${name}`),
  );
}

it('No value of src is exported for nobody', () => {
  const paths = globSync('{src,test,bench,migrations,scripts}/**/*.{ts,mts,mjs}');
  const files = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));

  expect(unusedValues(files)).toEqual([]);
});

it('The test finds a value that is exported for nobody', () => {
  const files = new Map([
    ['src/a.ts', 'export const used = 1;\nexport function unused() {}'],
    ['src/b.ts', "import { used } from './a';"],
  ]);
  expect(unusedValues(files)).toEqual(['src/a.ts: unused']);
});
