import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processEnvironment } from '../../../../src/config/sources/process-environment';

const workingDirectory = process.cwd();
const environment = process.env;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'environment-'));
  process.chdir(directory);
  process.env = { ...environment };
});
afterEach(() => {
  process.chdir(workingDirectory);
  rmSync(directory, { recursive: true });
  process.env = environment;
});

describe('the environment of the process', () => {
  it('stands alone where there is no .env', () => {
    process.env['TEST_A'] = 'a';

    const { source, file } = processEnvironment();

    expect(source['TEST_A']).toBe('a');
    expect(file).toEqual({ variables: [], mistakes: [] });
  });

  it('is completed by .env, also its first variable after a byte-order mark', () => {
    process.env['TEST_B'] = 'of the environment';
    writeFileSync('.env', '\ufeffTEST_A=of the file\r\nTEST_B=of the file\r\n');

    const { source, environment: alone } = processEnvironment();

    expect(source).toMatchObject({ TEST_A: 'of the file', TEST_B: 'of the environment' });
    expect(alone['TEST_A']).toBeUndefined();
  });

  it('takes a variable from .env if the environment has an empty one', () => {
    process.env['TEST_A'] = '';
    writeFileSync('.env', 'TEST_A=of the file');
    expect(processEnvironment().source['TEST_A']).toBe('of the file');
  });

  it.each([
    ['is a directory', () => mkdirSync('.env'), 'it is a directory'],
    [
      'is a link that leads nowhere',
      () => symlinkSync('production.env', '.env'),
      'it is a symbolic link to a file that does not exist',
    ],
    ['is a link to itself', () => symlinkSync('.env', '.env'), 'it is a symbolic link to itself'],
  ])('says why .env cannot be read where it %s', (_, make, why) => {
    make();
    expect(processEnvironment().file.mistakes).toEqual([`cannot be read: ${why}`]);
  });
});
