import { describe, expect, it } from '@jest/globals';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { preProcessFile } from 'typescript';
import { ROOMS } from '../../scripts/lint/rooms.mjs';

type Imports = ReadonlyMap<string, readonly string[]>;

/** Every file with the files that it imports, for a type or at run time. */
function importsIn(folder: string): Imports {
  const files = globSync(`${folder}/**/*.ts`)
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => !path.includes('/node_modules/') && !path.startsWith('test/clients/'));
  return new Map(files.map((file) => [file, importsOf(file)]));
}

function importsOf(file: string): readonly string[] {
  return preProcessFile(readFileSync(file, 'utf8'))
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => `${join(dirname(file), fileName).replace(/\.js$/, '')}.ts`)
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => existsSync(path));
}

/** Every folder with those that its files import from, without those that it holds or is in. */
function foldersOf(files: Imports): Imports {
  const folders = new Map<string, string[]>();
  for (const [file, imports] of files) {
    const from = `${dirname(file)}/`;
    const others = imports.map((path) => `${dirname(path)}/`);
    const apart = others.filter((to) => !to.startsWith(from) && !from.startsWith(to));
    folders.set(from, [...(folders.get(from) ?? []), ...apart]);
  }
  return folders;
}

/** @returns the files of one cycle, the first one again at its end, or undefined */
function cycleIn(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const imported of imports.get(file) ?? []) {
      const cycle = visit(imported, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe('the rooms of src', () => {
  it('are those that lint orders, and no others', () => {
    const rooms = globSync('src/**/*.ts').map((path) => path.split(sep)[1]?.replace(/\.ts$/, ''));
    expect([...new Set(rooms)].sort()).toEqual([...ROOMS].sort());
  });

  it.each(['src', 'bench', 'test'])('%s has no import cycle, not even of types', (folder) => {
    expect(cycleIn(importsIn(folder))).toBeUndefined();
  });

  it('has no cycle of folders, but between one and a folder inside it', () => {
    expect(cycleIn(foldersOf(importsIn('{src,migrations}')))).toBeUndefined();
  });

  it('has a test that finds a cycle', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(cycleIn(imports)).toEqual(['b', 'c', 'b']);
  });
});
