import { describe, expect, it } from '@jest/globals';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const TEXTS = [
  '*.{md,mjs,cjs,ts,yaml,yml}',
  '.env.example',
  '.ci/run',
  'Dockerfile',
  '{bench,bin,clients,docs,migrations,ops,scripts,src,test}/**/*',
].flatMap((pattern) => globSync(pattern, { exclude: isForeign }));

/** What is installed or built has links of its own. */
function isForeign(path: string): boolean {
  return /(^|\/)(node_modules|dist|results|\.test-build)$/.test(path);
}

/** A page of this repository, wherever it is named: in a comment, a message, a link. */
const PAGE = /(?<![\w/.])docs\/[\w/-]+\.md/g;
/** A file of this repository, from its root, from src, from test, or beside the page. */
const SOURCE = /`((?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs|cjs))`/g;
const LINK = /\]\((?!https?:|mailto:)([^)\s]+)\)|^\[[^\]]+\]: (?!https?:)(\S+)$/gm;
const SCRIPT = /\bnpm run (?:--silent )?([a-z][\w:-]*)/g;
/** A row of the index: a number, or some that were never used, and the page. */
const INDEXED = /^\| (\d+)(?:–(\d+))? +\| (?:\[[^\]]+\]\(([^)]+)\))?/gm;
const HEADING = /^#+ (.+)$/gm;

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
}

const read = (path: string) => readFileSync(path, 'utf8');

/** As GitHub makes them. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...read(page).matchAll(HEADING)].map(([, title = '']) => title);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  return existsSync(target) && (anchor === undefined || anchorsOf(target).has(anchor));
}

describe('a page of the documentation', () => {
  const files = TEXTS.filter((path) => statSync(path).isFile());
  const pages = files.filter((path) => path.endsWith('.md'));

  it('is there where a text names it', () => {
    const named = files.flatMap((path) =>
      [...read(path).matchAll(PAGE)].map(([page]) => ({ path, page })),
    );
    expect(named.filter(({ page }) => !existsSync(page))).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });

  it('names sources that are there', () => {
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(SOURCE)].map(([, source = '']) => ({ page, source })),
    );
    const missing = named.filter(({ page, source }) =>
      ['.', 'src', 'test', dirname(page)].every((folder) => !existsSync(join(folder, source))),
    );

    expect(missing).toEqual([]);
    expect(named.length).toBeGreaterThan(50);
  });

  it('runs scripts of the package that it belongs to', () => {
    const run = pages.flatMap((page) =>
      [...read(page).matchAll(SCRIPT)].map(([, script = '']) => ({ page, script })),
    );
    const known = ['.', 'clients/typescript', 'examples/react'].map((folder) => ({
      folder,
      scripts: Object.keys((JSON.parse(read(join(folder, 'package.json'))) as Manifest).scripts),
    }));
    const unknown = run.filter(
      ({ page, script }) =>
        !known.some(
          ({ folder, scripts }) =>
            (folder === '.' || page.startsWith(folder)) && scripts.includes(script),
        ),
    );

    expect(unknown).toEqual([]);
    expect(run.length).toBeGreaterThan(50);
  });

  it('links to what is there, headings included', () => {
    const links = pages.flatMap((page) =>
      [...read(page).matchAll(LINK)].map(([, inline, reference]) => ({
        page,
        link: inline ?? reference ?? '',
      })),
    );
    expect(links.filter(({ page, link }) => !leadsSomewhere(page, link))).toEqual([]);
    expect(links.length).toBeGreaterThan(20);
  });

  it('has a number of its own if it is a decision, and its row in the index', () => {
    const files = globSync('docs/decisions/*.md').filter((path) => !path.endsWith('README.md'));
    const numbers = files.map((path) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.at(1)));
    expect(new Set(numbers).size).toBe(numbers.length);

    const rows = [...read('docs/decisions/README.md').matchAll(INDEXED)].map(
      ([, first = '', last = first, file]) => ({ first: Number(first), last: Number(last), file }),
    );
    const indexed = rows.flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
    expect(indexed).toEqual(indexed.map((_, index) => index + 1));
    expect(rows.flatMap(({ file }) => file ?? []).toSorted()).toEqual(
      files.map((path) => basename(path)).toSorted(),
    );
  });
});
