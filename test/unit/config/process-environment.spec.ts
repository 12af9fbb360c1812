import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../../src/config/configuration-error';
import { processEnvironment } from '../../../src/config/process-environment';

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

const writeEnvFile = (content: string) => writeFileSync('.env', content);

function mistakes(): readonly string[] {
  try {
    processEnvironment();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('the environment of the process', () => {
  it('stands alone where there is no .env', () => {
    process.env['TEST_A'] = 'a';
    expect(processEnvironment()['TEST_A']).toBe('a');
  });

  it('is completed by .env, also its first variable after a byte-order mark', () => {
    process.env['TEST_B'] = 'of the environment';
    writeEnvFile('\ufeffTEST_A=of the file\r\nTEST_B=of the file\r\n');

    expect(processEnvironment()).toMatchObject({
      TEST_A: 'of the file',
      TEST_B: 'of the environment',
    });
  });

  it('takes a variable from .env if the environment has an empty one', () => {
    process.env['TEST_A'] = '';
    writeEnvFile('TEST_A=of the file');
    expect(processEnvironment()['TEST_A']).toBe('of the file');
  });

  it('is refused where a line of .env cannot be obeyed, and takes nothing of the file', () => {
    writeEnvFile('TEST_A=1\nTEST_B=2#3\nTEST_C');

    expect(mistakes()).toEqual([
      expect.stringMatching('^.env: line 2: '),
      expect.stringMatching('^.env: line 3: '),
    ]);
    expect(process.env['TEST_A']).toBeUndefined();
  });

  it('is refused where .env is there but cannot be read', () => {
    mkdirSync('.env');
    expect(mistakes()).toEqual(['.env: cannot be read (EISDIR)']);
  });

  it('is refused for what Node reads before the file', () => {
    writeEnvFile('NODE_EXTRA_CA_CERTS=ca.pem\nNODE_OPTIONS=');
    expect(mistakes()).toEqual([
      '.env: NODE_EXTRA_CA_CERTS: Node reads it before this file; set it in the environment',
    ]);
    process.env['NODE_EXTRA_CA_CERTS'] = 'ca.pem';
    expect(mistakes()).toEqual([]);
  });
});
