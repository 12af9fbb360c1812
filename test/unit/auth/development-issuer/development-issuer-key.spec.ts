import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDevelopmentIssuerKey } from '../../../../src/auth/development-issuer/development-issuer-key';

const SOURCE = require.resolve('../../../../src/auth/development-issuer/development-issuer-key');
const TYPESCRIPT = require.resolve('../../../support/typescript-hook.cjs');

let directory: string;
let dataDir: string;
let keyFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'issuer-key-'));
  dataDir = join(directory, 'a', 'data');
  keyFile = join(dataDir, 'development-issuer.key');
});
afterEach(() => rmSync(directory, { recursive: true }));

// Windows has no such mode bits.
const itWithModes = process.platform === 'win32' ? it.skip : it;
const permissionsOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('key of the development issuer', () => {
  it('is made once and kept', () => {
    const key = openDevelopmentIssuerKey(dataDir);

    expect(key).toHaveLength(32);
    expect(openDevelopmentIssuerKey(dataDir)).toEqual(key);
    expect(readdirSync(dataDir)).toEqual(['development-issuer.key']);
  });

  it('is different in every data directory', () => {
    const key = openDevelopmentIssuerKey(dataDir);
    expect(openDevelopmentIssuerKey(join(directory, 'b'))).not.toEqual(key);
  });

  itWithModes('is readable by its owner alone, whatever the umask', () => {
    const umask = process.umask(0);
    try {
      openDevelopmentIssuerKey(dataDir);
    } finally {
      process.umask(umask);
    }
    expect(permissionsOf(keyFile)).toBe('600');
    expect(permissionsOf(dataDir)).toBe('700');
  });

  itWithModes('is refused when others can read it', () => {
    openDevelopmentIssuerKey(dataDir);
    chmodSync(keyFile, 0o640);
    expect(() => openDevelopmentIssuerKey(dataDir)).toThrow(/can be read by others\. Delete it/);
  });

  it.each(['', 'short', 'A'.repeat(200)])('is refused when its file is damaged: %j', (content) => {
    openDevelopmentIssuerKey(dataDir);
    writeFileSync(keyFile, content);
    expect(() => openDevelopmentIssuerKey(dataDir)).toThrow(/is damaged\. Delete it/);
  });

  it('is the same for processes that start at once', async () => {
    const program = join(directory, 'program.cjs');
    writeFileSync(
      program,
      `const { openDevelopmentIssuerKey } = require(${JSON.stringify(SOURCE)});
      process.once('message', (dataDir) =>
        process.send(openDevelopmentIssuerKey(dataDir).toString('hex'), () => process.disconnect()));
      process.send('ready');`,
    );

    const processes = Array.from({ length: 6 }, () =>
      fork(program, { execArgv: ['--require', TYPESCRIPT] }),
    );
    await Promise.all(processes.map((child) => once(child, 'message')));
    const exits = processes.map((child) => once(child, 'exit'));
    const answers = processes.map((child) => once(child, 'message'));
    for (const child of processes) child.send(dataDir);
    const keys = (await Promise.all(answers)).map(([key]) => String(key));
    await Promise.all(exits);

    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toBe(openDevelopmentIssuerKey(dataDir).toString('hex'));
    expect(readdirSync(dataDir)).toEqual(['development-issuer.key']);
    expect(readFileSync(keyFile, 'utf8')).toMatch(/^[\w-]{43}$/);
  });
});
