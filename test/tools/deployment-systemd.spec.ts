import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWith } from '../support/requirements';
import { KNOWN_VARIABLES, SECRET_VARIABLES } from '../../src/config/env';

const UNIT = 'task-api@.service';
const text = readFileSync(join('ops/systemd', UNIT), 'utf8');
const settings = text
  .split('\n')
  .filter((line) => /^\w+=/.test(line))
  .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
const all = (name: string): string[] =>
  settings.filter(([setting]) => setting === name).map(([, value]) => value);

describe('the systemd unit', () => {
  it('sets no variable that the API does not read, and each secret from a credential', () => {
    const known = [...KNOWN_VARIABLES, ...SECRET_VARIABLES.map((name) => `${name}_FILE`)];
    const variables = all('Environment')
      .flatMap((line) => line.split(' '))
      .map((assignment) => assignment.split('=') as [string, string]);
    const credentials = all('LoadCredential').map((value) => `%d/${value.split(':')[0] ?? ''}`);

    expect(variables.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([]);
    const files = variables.filter(([name]) => name.endsWith('_FILE')).map(([, value]) => value);
    expect(files.sort()).toEqual(credentials.sort());
  });

  it('gives clients their time, and does not repeat what cannot succeed', () => {
    // http-server.ts cuts what is left after ten seconds.
    expect(Number(all('TimeoutStopSec')[0])).toBeGreaterThanOrEqual(20);
    expect(all('KillMode')).toEqual(['mixed']);
    expect(all('RestartPreventExitStatus')).toEqual(['78']);
  });
});

describeWith('systemd', 'systemd', () => {
  let directory: string;
  // Node may be elsewhere on this machine.
  const here = text.replace('/usr/bin/node', process.execPath);

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'task-api-systemd-'));
    for (const name of [UNIT, 'task-api@3001.service']) writeFileSync(join(directory, name), here);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const analyze = (...args: string[]) => {
    const { status, stderr } = spawnSync('systemd-analyze', args, {
      cwd: directory,
      encoding: 'utf8',
    });
    return { status, stderr };
  };

  /** It also complains about other units of the machine. */
  const complaintsAbout = (name: string): string[] =>
    analyze('verify', '--man=no', join(directory, name))
      .stderr.split('\n')
      .filter((line) => line.includes('task-api'));

  it('understands every line', () => {
    writeFileSync(join(directory, 'task-api@3002.service'), `${here}\n[Service]\nRestrat=always\n`);

    expect(complaintsAbout(UNIT)).toEqual([]);
    expect(complaintsAbout('task-api@3001.service')).toEqual([]);
    expect(complaintsAbout('task-api@3002.service')).toEqual([expect.stringContaining('Restrat')]);
  });

  it('counts it among the least exposed services', () => {
    // Tenths, where 10 is everything; a service without any setting has 9.6.
    const rating = analyze('security', '--offline=true', '--threshold=15', join(directory, UNIT));

    expect(rating).toEqual({ status: 0, stderr: '' });
  });
});
