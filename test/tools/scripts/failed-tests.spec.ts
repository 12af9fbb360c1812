import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const FAILING = `
  describe('a server', () => {
    it('answers', () => undefined);
    it('says no', () => { expect({ status: 503 }).toMatchObject({ status: 204 }); });
    it.each(Array.from({ length: 30 }, (_, n) => n))('counts %d', () => { throw new Error('late'); });
  });`;

describe('the list of failed tests', () => {
  let project: string;
  let printed: string;

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'task-api-failed-'));
    mkdirSync(join(project, 'test'));
    writeFileSync(join(project, 'package.json'), '{}');
    writeFileSync(join(project, 'test', 'broken.spec.js'), 'this is no JavaScript');
    writeFileSync(join(project, 'test', 'failing.spec.js'), FAILING);
    const report = join(project, 'report.json');
    const inBand = ['--runInBand', '--ci', '--rootDir', project, '--json', '--outputFile', report];
    run(resolve('node_modules/jest/bin/jest.js'), inBand);
    printed = run(resolve('scripts/failed-tests.mjs'), [report]);
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  function run(script: string, args: readonly string[]): string {
    const { stdout } = spawnSync(process.execPath, [script, ...args], {
      cwd: project,
      encoding: 'utf8',
    });
    return stdout;
  }

  it('has the name of each, with what was expected and where', () => {
    expect(printed).toMatch(
      /test.failing\.spec\.js › a server says no\n +Error: expect\(received\)[^]*- +"status": 204[^]*failing\.spec\.js:4:/,
    );
    expect(printed).not.toContain('answers');
  });

  it('has files that did not run', () => {
    expect(printed).toMatch(/test.broken\.spec\.js did not run\n/);
  });

  it('fits on a screen, however many failed', () => {
    expect(printed).toContain('counts 5');
    expect(printed).toMatch(/\nand 12 more\n$/);
    expect(printed.split('\n').length).toBeLessThan(60);
  });
});
