import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { bareEnvironment } from '../support/processes/bare-environment';
import { ServerHome } from '../support/processes/built-server';
import { describeWith, itWith } from '../support/requirements';
import { eventually } from '../support/app/eventually';
import { TestDatabase } from '../support/database/test-database';
import { freePort } from '../support/processes/free-port';
import { TEST_SECRET } from '../support/app/tokens';

const PROGRAM = join(__dirname, '..', '..', 'bin', 'task-api.mjs');
const CANARY = 'hunter2';
/** Each leaves a line of some 250 bytes: together far more than a pipe holds. */
const REFUSED_REQUESTS = 1_500;

interface Started {
  readonly url: string;
  readonly process: ChildProcess;
}

jest.setTimeout(60_000);

let database: TestDatabase;
let directory: string;
let started: Started[];

beforeAll(async () => {
  database = await TestDatabase.create();
});
afterAll(() => database.drop());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'task-api-logs-'));
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((server) => end(server)));
  rmSync(directory, { recursive: true });
});

/** The server as a supervisor starts it; its output goes wherever `stdio` says. */
async function start(
  stdio: StdioOptions,
  variables: Record<string, string> = {},
): Promise<Started> {
  const port = await freePort();
  const env = {
    ...bareEnvironment(),
    PORT: String(port),
    DATA_DIR: directory,
    ...database.variables,
    ...variables,
  };
  const server = {
    url: `http://127.0.0.1:${port}`,
    process: spawn(process.execPath, [PROGRAM], { cwd: directory, env, stdio }),
  };
  started.push(server);
  await eventually(() => isAlive(server));
  return server;
}

async function isAlive({ url }: Pick<Started, 'url'>): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/live`)).status === 200;
  } catch {
    return false;
  }
}

async function end({ process }: Started): Promise<number | null> {
  if (process.exitCode === null && process.signalCode === null) {
    process.kill('SIGTERM');
    await once(process, 'exit');
  }
  return process.exitCode;
}

async function refuse(url: string, times: number): Promise<ReadonlySet<number>> {
  const statuses = new Set<number>();
  for (let sent = 0; sent < times; sent += 100) {
    const answers = Array.from({ length: Math.min(100, times) }, () =>
      fetch(`${url}/api/me/tasks`),
    );
    for (const { status, body } of await Promise.all(answers)) {
      statuses.add(status);
      await body?.cancel();
    }
  }
  return statuses;
}

describe('a server whose output nobody takes', () => {
  it('continues, and stops on request: the readers went away', async () => {
    const home = await ServerHome.create();
    try {
      const server = await home.start({ RATE_LIMIT: '0', ...database.variables });
      server.closeOutputs();

      expect(await refuse(server.url, 300)).toEqual(new Set([401]));
      expect(await isAlive(server)).toBe(true);
      expect((await server.stop()).code).toBe(0);
    } finally {
      await home.remove();
    }
  });

  it('continues, and stops on request: the reader stopped reading', async () => {
    const server = await start(['ignore', 'pipe', 'ignore'], { RATE_LIMIT: '0' });
    server.process.stdout?.pause();

    expect(await refuse(server.url, REFUSED_REQUESTS)).toEqual(new Set([401]));
    expect(await isAlive(server)).toBe(true);
    expect(await end(server)).toBe(0);
  });

  itWith('linux', 'goes on, and ends when it is asked to: the disk is full', async () => {
    const full = openSync('/dev/full', 'w');
    const server = await start(['ignore', full, full], { RATE_LIMIT: '0' });
    closeSync(full);

    expect(await refuse(server.url, 300)).toEqual(new Set([401]));
    expect(await isAlive(server)).toBe(true);
    expect(await end(server)).toBe(0);
  });
});

const CONTROL_C = '\u0003';

describeWith('terminal', 'on a terminal', () => {
  it('the log is for people, and the banner is plain and comes last of the start', async () => {
    const port = await freePort();
    const terminal = spawn('script', ['-qec', 'exec "$NODE" "$PROGRAM"', '/dev/null'], {
      cwd: directory,
      env: {
        ...bareEnvironment(),
        TERM: 'xterm',
        NODE: process.execPath,
        PROGRAM,
        PORT: String(port),
        DATA_DIR: directory,
        ...database.variables,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const url = `http://127.0.0.1:${port}`;
    started.push({ url, process: terminal });
    let text = '';
    terminal.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await eventually(() => text.includes('curl -X POST'));
    const start = stripVTControlCharacters(text);
    await refuse(url, 1);
    await eventually(() => text.includes('request refused'));
    terminal.stdin.write(CONTROL_C);
    const [exitCode] = await once(terminal, 'exit');
    const line = stripVTControlCharacters(text).slice(start.length);

    expect(start).toMatch(/^(Making a new database .*\r\n)?Task API is ready/);
    expect(start).not.toMatch(/INFO|DEBUG/);
    expect(line.trim()).toMatch(
      /^\[\d\d:\d\d:\d\d\] INFO: request refused \{"context":"Problem","code":"unauthenticated",/,
    );
    expect(line).toMatch(/\^C\s+Task API has stopped\s+$/);
    expect(exitCode).toBe(0);
  });
});

describe('the log in production', () => {
  /** Throws, when told to, where nobody catches it. */
  const FAULT = `process.on('SIGUSR2', () => { throw new Error('${CANARY}') });`;

  it('F28: is JSON, from being ready to the end by a fault that nobody caught', async () => {
    writeFileSync(join(directory, 'fault.cjs'), FAULT);
    const server = await start(['ignore', 'pipe', 'inherit'], {
      NODE_ENV: 'production',
      AUTH_SECRET: TEST_SECRET,
      HOST: '127.0.0.1',
      NODE_OPTIONS: `--require ${JSON.stringify(join(directory, 'fault.cjs'))}`,
    });
    await refuse(server.url, 1);
    const output = server.process.stdout;
    if (output === null) throw new Error('There is no output');
    const lines: Record<string, unknown>[] = [];
    for await (const line of createInterface({ input: output })) {
      lines.push(JSON.parse(line));
      // To the server itself, which on an old Node is not the process that was started.
      if (lines.length === 2) process.kill(Number(lines[1]?.['pid']), 'SIGUSR2');
    }

    expect(lines).toEqual([
      expect.objectContaining({ level: 'info', msg: 'ready', url: server.url }),
      expect.objectContaining({ level: 'info', msg: 'request refused', code: 'unauthenticated' }),
      expect.objectContaining({ level: 'fatal', msg: 'unexpected error' }),
    ]);
    expect(lines[2]).toHaveProperty('error.stack', expect.any(Array));
    expect(JSON.stringify(lines)).not.toContain(CANARY);
    expect(await end(server)).toBe(1);
  });
});
