import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SCRIPT = resolve('scripts/test.mjs');

describe('the runner of tests', () => {
  let project: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'task-api-runner-'));
    symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
    writeFileSync(join(project, 'package.json'), '{"devDependencies":{}}');
    const projects = ['unit', 'tools'].map((displayName) => ({
      displayName,
      testMatch: ['**/*.spec.js'],
    }));
    writeFileSync(
      join(project, 'jest.config.cjs'),
      `module.exports = ${JSON.stringify({ projects })}`,
    );
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  /** @param left the file that the test leaves in its temporary directory */
  function run(left: string) {
    writeFileSync(
      join(project, 'a.spec.js'),
      `it('has a temporary directory', () => {
         const directory = require('node:os').tmpdir();
         require('node:fs').writeFileSync(${JSON.stringify(join(project, 'directory'))}, directory);
         require('node:fs').writeFileSync(require('node:path').join(directory, '${left}'), '');
       });`,
    );
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, 'unit'], {
      cwd: project,
      encoding: 'utf8',
    });
    return { status, stderr };
  }

  const directory = () => readFileSync(join(project, 'directory'), 'utf8');

  it('fails where tests that passed leave something behind, and removes it', () => {
    const { status, stderr } = run('forgotten');

    expect(status).toBe(1);
    expect(stderr).toMatch(/\nThe tests left in the temporary directory: forgotten\n$/);
    expect(existsSync(directory())).toBe(false);
  });

  it('lets the tools of the tests keep their caches there', () => {
    expect(run('node-compile-cache')).toMatchObject({ status: 0 });
    expect(existsSync(directory())).toBe(false);
  });
});
