import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../../../src/cli/atomic-file';

describe('a file that is written as a whole', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'task-api-whole-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it.each([
    ['a directory that is missing', 'missing', 'ENOENT'],
    ['a file in the place of its directory', 'file', 'ENOTDIR'],
  ])('cannot be written where there is %s, and says why', async (_, name, code) => {
    writeFileSync(join(directory, 'file'), '');
    const writing = writeWhole(join(directory, name, 'tasks.json'), () => Promise.resolve());

    await expect(writing).rejects.toMatchObject({
      name: 'CommandError',
      message: expect.stringMatching(new RegExp(`^The file cannot be written: ${code}: .*, open `)),
    });
  });
});
