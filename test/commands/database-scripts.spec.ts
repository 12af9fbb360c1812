import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bareEnvironment } from '../support/processes/bare-environment';
import { buildOnce } from '../support/processes/command-line';
import { copyPreparedDataDir } from '../support/processes/prepared-data-dir';

const SCRIPTS = ['database-revert.mjs', 'database-drift.mjs'];

let directory: string;
beforeAll(() => {
  buildOnce();
  directory = mkdtempSync(join(tmpdir(), 'task-api-scripts-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(script: string, variables: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('scripts', script)], {
    cwd: directory,
    env: { ...bareEnvironment(), ...variables },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the scripts of the database', () => {
  it.each(SCRIPTS)('say what is wrong as the start does, without a stack: %s', (script) => {
    expect(run(script, { PORT: 'http' })).toEqual({
      status: 78,
      stdout: '',
      stderr: expect.stringMatching(/^The configuration is not valid:\n {2}PORT: [^\n]+\n$/),
    });
    expect(run(script, { DATABASE_URL: 'postgresql://api:hunter2@127.0.0.1:1/tasks' })).toEqual({
      status: 69,
      stdout: '',
      stderr: expect.stringMatching(/^The database cannot be used: [^\n]+ECONNREFUSED[^\n]+\n$/),
    });
  });

  it('compare, undo the last migration, and say which it was', () => {
    const dataDir = join(directory, 'data');
    copyPreparedDataDir(dataDir);

    expect(run('database-drift.mjs', { DATA_DIR: dataDir })).toEqual({
      status: 0,
      stdout: 'The database matches the entities.\n',
      stderr: '',
    });
    expect(run('database-revert.mjs', { DATA_DIR: dataDir })).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^Undid \w+\.\n$/),
      stderr: '',
    });
  });
});
