import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SCRIPT = resolve('scripts/development-installed.mjs');

describe('the check that precedes tests and linters', () => {
  let project: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'task-api-development-'));
    const devDependencies = { jest: '1.0.0', '@types/node': '1.0.0' };
    writeFileSync(join(project, 'package.json'), JSON.stringify({ devDependencies }));
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  const install = (name: string) =>
    mkdirSync(join(project, 'node_modules', name), { recursive: true });

  function check() {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
      cwd: project,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }

  it('says in one line how to install what develops', () => {
    install('jest');

    expect(check()).toEqual({
      status: 1,
      output: expect.stringMatching(/^1 of 2 .* not installed; run: npm ci --include=dev\n$/),
    });
  });

  it('says nothing where it is installed', () => {
    install('jest');
    install('@types/node');

    expect(check()).toEqual({ status: 0, output: '' });
  });
});
