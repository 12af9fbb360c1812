import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const linesOf = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
const lines = linesOf('Dockerfile');
const step = (keyword: string): string[] =>
  lines
    .filter((line) => line.startsWith(`${keyword} `))
    .map((line) => line.slice(keyword.length + 1));

// CI builds and runs the image; these are the mistakes that a build does not show.
describe('the Dockerfile', () => {
  it('starts from one image, of the Node that the project bundles, by its digest', () => {
    const major = readFileSync('.nvmrc', 'utf8').trim();
    const images = step('FROM').filter((line) => line.includes(':'));

    expect(images).toEqual([expect.stringMatching(`^node:${major}[.\\d]*-slim@sha256:`)]);
  });

  it('runs no script of a package, and fetches nothing past the lockfile', () => {
    const commands = step('RUN').map((line) => line.replace(/^--mount=\S+ /, ''));

    expect(step('ADD')).toEqual([]);
    for (const command of commands) {
      expect(command).toMatch(/^(npm (ci|prune) .*--ignore-scripts\b|node scripts\/)/);
    }
  });

  it('does not run as root', () => {
    expect(step('USER')).toEqual(['node']);
  });

  it('gets from the build context what it copies, and nothing else', () => {
    const copied = step('COPY')
      .filter((line) => !line.startsWith('--from='))
      .flatMap((line) => line.split(' ').slice(0, -1));
    const [everything, ...exceptions] = linesOf('.dockerignore');

    expect(everything).toBe('*');
    expect(exceptions.toSorted()).toEqual(
      [...new Set(copied)].map((path) => `!${path}`).toSorted(),
    );
  });
});
