import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../../../src/config/env';
import { readEnv } from '../../../../src/config/sources/process-environment';

const workingDirectory = process.cwd();
const environment = process.env;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'read-env-'));
  process.chdir(directory);
  process.env = {};
});
afterEach(() => {
  process.chdir(workingDirectory);
  rmSync(directory, { recursive: true });
  process.env = environment;
});

function mistakes(content?: string): readonly string[] {
  if (content !== undefined) writeFileSync('.env', content);
  try {
    readEnv();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('is that of .env and the environment', () => {
    process.env = { PORT: '4000' };
    writeFileSync('.env', 'PORT=5000\nLOG_LEVEL=warn\n');
    expect(readEnv()).toMatchObject({ port: 4000, logLevel: 'warn' });
  });

  it.each([
    ['PROT=4000', 'PROT is not a variable of the API; is PORT meant?'],
    ['Port=4000', 'Port is not a variable of the API; is PORT meant?'],
    ['port=4000', 'port is not a variable of the API; is PORT meant?'],
    ['LOGLEVEL=warn', 'LOGLEVEL is not a variable of the API; is LOG_LEVEL meant?'],
    ['DB_URL=postgresql://db/tasks', 'DB_URL is not a variable of the API; is DATABASE_URL meant?'],
    ['DATABSE_URL=x', 'DATABSE_URL is not a variable of the API; is DATABASE_URL meant?'],
    ['JWT_SECRET=x', 'JWT_SECRET is not a variable of the API; is AUTH_SECRET meant?'],
    [
      'AUTH_SECRT_FILE=x',
      'AUTH_SECRT_FILE is not a variable of the API; is AUTH_SECRET_FILE meant?',
    ],
    [
      'STRIPE_KEY=hunter2',
      'STRIPE_KEY is not a variable of the API; remove it, or set it in the environment if another program reads it',
    ],
    ['PGHOST=db', 'PGHOST is not read from this file; use DATABASE_URL'],
    ['NODE_OPTIONS=-r x', 'NODE_OPTIONS is read before this file; set it in the environment'],
    ['SSL_CERT_FILE=ca', 'SSL_CERT_FILE is read before this file; set it in the environment'],
    ['HTTPS_PROXY=p', 'HTTPS_PROXY is read before this file; set it in the environment'],
  ])('is refused for a name in .env that nothing reads: %s', (line, fault) => {
    expect(mistakes(`# names\n${line}`)).toEqual([`.env: line 2: ${fault}`]);
  });

  it('may share .env with Docker Compose, and leave variables of others empty', () => {
    const lines = [
      'COMPOSE_PROJECT_NAME=tasks',
      'API_PORT=80',
      'TZ=UTC',
      'STRIPE_KEY=',
      'PGHOST=""',
    ];
    expect(mistakes(lines.join('\n'))).toEqual([]);
  });

  it('may have in .env what the environment has, for programs that read both', () => {
    process.env = { NODE_EXTRA_CA_CERTS: 'ca.pem' };
    expect(mistakes('NODE_EXTRA_CA_CERTS=ca.pem')).toEqual([]);
    expect(mistakes('NODE_EXTRA_CA_CERTS=other.pem')).toHaveLength(1);
  });

  it('is refused for all mistakes at once, those of the lines and those of the values, each once', () => {
    process.env = { WORKERS: 'many' };

    const told = mistakes('PORT=http#1\nLOG_LEVEL=loud\nDATABSE_URL=x\nAUTH_SECRET="short\n');

    expect(told).toEqual([
      expect.stringMatching(/^\.env: line 1: the value of PORT has a #/),
      expect.stringMatching(/^\.env: line 4: the value of AUTH_SECRET lacks/),
      expect.stringMatching(/^\.env: line 3: DATABSE_URL is not a variable/),
      expect.stringMatching(/^(WORKERS|LOG_LEVEL): /),
      expect.stringMatching(/^(WORKERS|LOG_LEVEL): /),
    ]);
  });

  it('says nothing of what may be missing only because .env cannot be read', () => {
    process.env = { NODE_ENV: 'production' };
    mkdirSync('.env');
    expect(mistakes()).toEqual(['.env: cannot be read: it is a directory']);
  });
});
