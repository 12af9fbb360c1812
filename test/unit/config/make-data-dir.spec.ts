import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeDataDir } from '../../../src/config/make-data-dir';

describe('DATA_DIR', () => {
  let base: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'task-api-data-dir-'));
  });
  afterEach(() => rmSync(base, { recursive: true }));

  it('is made with its parents, and may be there already', () => {
    const path = join(base, 'one', 'two');
    makeDataDir(path, 0o700);
    makeDataDir(path, 0o755);

    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('is refused below a file', () => {
    writeFileSync(join(base, 'file'), '');

    expect(() => makeDataDir(join(base, 'file', 'data'), 0o700)).toThrow(/EEXIST|ENOTDIR/);
  });

  const hasProc = existsSync('/proc/self');
  (hasProc ? it : it.skip)('is refused where there can be no directory, at once', () => {
    expect(() => makeDataDir('/proc/task-api/data', 0o700)).toThrow(/ENOENT|EACCES/);
  });
});
