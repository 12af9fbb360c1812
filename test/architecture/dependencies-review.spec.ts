import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface LockedPackage {
  readonly hasInstallScript?: boolean;
  readonly license?: string;
  /** A folder of this repository, which has an entry of its own. */
  readonly link?: boolean;
  readonly resolved?: string;
}

const REVIEW = readFileSync('docs/dependencies.md', 'utf8');

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const manifest = read('package.json') as Manifest;
const client = read('clients/typescript/package.json') as Manifest;
const lockedBy = (path: string) =>
  (read(path) as { readonly packages: Readonly<Record<string, LockedPackage>> }).packages;
const locked = lockedBy('package-lock.json');
const lockedByClient = lockedBy('clients/typescript/package-lock.json');
const lockedByExample = lockedBy('examples/react/package-lock.json');

/** The rows of the table below a heading, one for each package that the first cell names. */
function reviewed(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = REVIEW.split(`\n## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  return table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
    .flatMap(([names = '', ...cells]) =>
      [...names.matchAll(/`(.+?)`/g)].map(([, name = '']) => [name, ...cells]),
    );
}

function licenceOf(packages: Readonly<Record<string, LockedPackage>>, name: string) {
  const { link, license, resolved = '' } = packages[`node_modules/${name}`] ?? {};
  return link === true ? packages[resolved]?.license : license;
}

const firstCells = (heading: string) => reviewed(heading).map(([name]) => name);

describe('the review of dependencies', () => {
  const sections = [
    { heading: 'What serves', named: manifest.dependencies, packages: locked },
    { heading: 'Optional', named: manifest.optionalDependencies ?? {}, packages: locked },
    { heading: 'The typed client', named: client.dependencies, packages: lockedByClient },
  ];

  it.each(sections)('has each package once: $heading', ({ heading, named }) => {
    expect(firstCells(heading).toSorted()).toEqual(Object.keys(named).toSorted());
  });

  it.each(sections)('has licence and reason of each: $heading', ({ heading, packages }) => {
    const faulty = reviewed(heading).filter(
      ([name = '', licence, reason = '']) => licence !== licenceOf(packages, name) || reason === '',
    );
    expect(faulty).toEqual([]);
  });

  it('knows each package that has an install script', () => {
    const scripted = Object.entries({ ...locked, ...lockedByClient, ...lockedByExample })
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.split('node_modules/').at(-1));
    expect(firstCells('Install scripts').toSorted()).toEqual(scripted.toSorted());
  });
});

describe('licences', () => {
  const inUse = execFileSync(process.execPath, ['scripts/licences.mjs', '--all'], {
    encoding: 'utf8',
  })
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const apart = [lockedByClient, lockedByExample]
    .flatMap((packages) => Object.entries(packages))
    .filter(([, { link }]) => link !== true)
    .map(([path, { license }]) => [license, path]);

  it('are allowed, whatever the package', () => {
    const allowed = new Set(firstCells('Licences'));
    const refused = [...inUse, ...apart].filter(
      ([licence = 'UNKNOWN']) => !isCovered(licence, allowed),
    );
    expect(refused).toEqual([]);
  });

  it('are listed for every package of the lockfile', () => {
    const paths = Object.keys(locked).filter((path) => path !== '');
    const names = new Set(inUse.map(([, name = '']) => name.slice(0, name.lastIndexOf('@'))));
    expect(names).toEqual(new Set(paths.map((path) => path.split('node_modules/').at(-1))));
  });

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND Apache-2.0', true],
    ['MIT AND GPL-3.0-only', false],
    ['GPL-3.0-only', false],
    ['SEE LICENSE IN LICENSE', false],
    ['MIT AND (ISC OR GPL-3.0-only)', false],
  ])('%s: allowed where MIT, ISC and Apache-2.0 are: %s', (expression, expected) => {
    expect(isCovered(expression, new Set(['MIT', 'ISC', 'Apache-2.0']))).toBe(expected);
  });
});

/** SPDX expressions of one kind of operator; a nested one names nothing that is allowed. */
function isCovered(expression: string, allowed: ReadonlySet<string | undefined>): boolean {
  const flat = expression.replace(/^\((.*)\)$/, '$1');
  return flat.includes(' OR ')
    ? !flat.includes(' AND ') && flat.split(' OR ').some((licence) => allowed.has(licence))
    : flat.split(' AND ').every((licence) => allowed.has(licence));
}
