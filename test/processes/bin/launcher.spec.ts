import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const ROOT = process.cwd();
const BUNDLED_PACKAGE = join('node_modules', `node-${process.platform}-${process.arch}`);
const BUNDLED_NODE = join(ROOT, BUNDLED_PACKAGE, 'bin', 'node');

/** Stands for the server: says what it is and which signals it gets, ends on SIGTERM. */
const PROGRAM = `
  const say = (...words) => console.log(words.join(' '));
  process.on('SIGINT', () => say('got SIGINT'));
  process.on('SIGTERM', () => { say('got SIGTERM'); setImmediate(() => process.exit(7)); });
  if (process.argv[2] === 'exit') process.exit(Number(process.argv[3]));
  setInterval(() => {}, 1000);
  say('ready', process.pid, process.execPath, ...process.argv.slice(2));
`;

const COMPILED_CODE = 'node_modules/.cache/task-api';

const END_OF_OUTPUT = Symbol('end of output');

interface Launched {
  readonly launcher: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

function follow(launcher: ChildProcess & { readonly stdout: Readable }): Launched {
  return { launcher, lines: createInterface({ input: launcher.stdout })[Symbol.asyncIterator]() };
}

async function nextLine({ lines }: Launched): Promise<string | typeof END_OF_OUTPUT> {
  const { done, value } = await lines.next();
  return done === true ? END_OF_OUTPUT : value;
}

/** Node can since 22.8. */
function keepsCode(node: string): boolean {
  const code = `process.exit(require('node:module').enableCompileCache === undefined ? 1 : 0)`;
  return spawnSync(node, ['-e', code]).status === 0;
}

async function programPid(launched: Launched): Promise<number> {
  const line = await nextLine(launched);
  expect(line).toMatch(/^ready \d+ /);
  return Number(String(line).split(' ')[1]);
}

/** Waits until the program is gone: it holds the last writing end of the pipe. */
async function endOfOutput(launched: Launched): Promise<void> {
  while ((await nextLine(launched)) !== END_OF_OUTPUT);
}

/**
 * The launcher has two ways: where Node can, it becomes the program (execve), elsewhere it
 * supervises it. Both are tested on whichever Node runs this suite, so far as it can.
 */
const WAYS = [
  {
    way: 'supervising',
    node: process.execPath,
    nodeOptions: ['--require', './without-execve.cjs'],
    available: true,
  },
  { way: 'becoming', node: BUNDLED_NODE, nodeOptions: [], available: existsSync(BUNDLED_NODE) },
].filter(({ available }) => available);

describe.each(WAYS)('the launcher, $way the program', ({ node, nodeOptions }) => {
  let project: string;
  let started: Launched[];

  beforeEach(() => {
    started = [];
    project = mkdtempSync(join(tmpdir(), 'task-api-launcher-'));
    cpSync(join(ROOT, 'bin'), join(project, 'bin'), { recursive: true });
    mkdirSync(join(project, 'dist', 'src'), { recursive: true });
    writeFileSync(join(project, 'dist', 'src', 'main.js'), PROGRAM);
    mkdirSync(join(project, 'dist', 'src', 'cli'));
    writeFileSync(join(project, 'dist', 'src', 'cli', 'main.js'), PROGRAM);
    writeFileSync(join(project, 'without-execve.cjs'), 'delete process.execve;');
  });

  afterEach(() => {
    for (const { launcher } of started) launcher.kill('SIGKILL');
    rmSync(project, { recursive: true, force: true });
  });

  function launchCommand(args: readonly string[]): Launched {
    return launch(args, {}, 'bin/task-api-cli.mjs');
  }

  function launch(
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
    program = 'bin/task-api.mjs',
  ): Launched {
    const launcher = spawn(node, [...nodeOptions, program, ...args], {
      cwd: project,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const launched = follow(launcher);
    started.push(launched);
    return launched;
  }

  function bundle(script: string): void {
    mkdirSync(join(project, BUNDLED_PACKAGE, 'bin'), { recursive: true });
    writeFileSync(join(project, BUNDLED_PACKAGE, 'package.json'), '{}');
    writeFileSync(join(project, BUNDLED_PACKAGE, 'bin', 'node'), script, { mode: 0o755 });
  }

  it('passes arguments on, and the exit code back', async () => {
    const { launcher } = launch(['exit', '42']);
    expect(await once(launcher, 'exit')).toEqual([42, null]);
  });

  it('says in one line that the packages have to be installed first', () => {
    writeFileSync(join(project, 'package.json'), '{}');

    const { status, stdout, stderr } = spawnSync(node, [...nodeOptions, 'bin/task-api.mjs'], {
      cwd: project,
      encoding: 'utf8',
    });

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^The packages .* are not installed: run npm ci in [^\n]+\n$/);
  });

  it('uses the Node that runs it where none is bundled', async () => {
    const launched = launch(['with', 'two words']);
    const line = await nextLine(launched);
    expect(line).toContain(` ${node} with two words`);
  });

  it('lets Node keep the compiled code of commands beside the packages', async () => {
    await once(launchCommand(['exit', '0']).launcher, 'exit');

    expect(existsSync(join(project, COMPILED_CODE))).toBe(keepsCode(node));
  });

  it('spares a server the memory of compiled code', async () => {
    await once(launch(['exit', '0']).launcher, 'exit');

    expect(existsSync(join(project, COMPILED_CODE))).toBe(false);
  });

  it('starts a command where nothing can be kept', async () => {
    writeFileSync(join(project, 'node_modules'), 'not a directory');

    const { launcher } = launchCommand(['exit', '42']);

    expect(await once(launcher, 'exit')).toEqual([42, null]);
  });

  it('has stack traces name the sources', async () => {
    const map = { version: 3, sources: ['../../src/main.ts'], names: [], mappings: 'AAAA' };
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
    const program = `console.log(new Error().stack.split('\\n')[1])\n//# sourceMappingURL=${url}\n`;
    writeFileSync(join(project, 'dist/src/main.js'), program);

    expect(await nextLine(launch())).toContain(join(project, 'src/main.ts:1:1'));
  });

  it('uses the bundled Node where it runs', async () => {
    bundle(`#!/bin/sh\nBUNDLED=yes exec '${process.execPath}' "$@"\n`);
    writeFileSync(join(project, 'dist/src/main.js'), 'console.log(process.env.BUNDLED)');
    expect(await nextLine(launch())).toBe('yes');
  });

  it('uses the Node that runs it where the bundled one does not run', async () => {
    bundle('#!/nonexistent/ld-linux.so\n');
    expect(await nextLine(launch())).toContain(` ${node}`);
  });

  it('hands each signal to the program exactly once', async () => {
    const launched = launch();
    await programPid(launched);
    launched.launcher.kill('SIGINT');
    expect(await nextLine(launched)).toBe('got SIGINT');
    launched.launcher.kill('SIGTERM');
    expect(await nextLine(launched)).toBe('got SIGTERM');
    expect(await nextLine(launched)).toBe(END_OF_OUTPUT);
    expect(launched.launcher.exitCode ?? (await once(launched.launcher, 'exit'))[0]).toBe(7);
  });

  it('passes on a signal that arrives while it is stopped', async () => {
    writeFileSync(
      join(project, 'stopped-after-spawn.cjs'),
      `const processes = require('node:child_process');
       const { spawn } = processes;
       processes.spawn = (...args) => {
         const child = spawn(...args);
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
         return child;
       };
       require('node:module').syncBuiltinESMExports();`,
    );
    const launched = launch([], { NODE_OPTIONS: '--require ./stopped-after-spawn.cjs' });
    await programPid(launched);
    launched.launcher.kill('SIGINT');
    expect(await nextLine(launched)).toBe('got SIGINT');
  });

  it('dies of the signal of which the program died', async () => {
    const launched = launch();
    const pid = await programPid(launched);
    const ended = once(launched.launcher, 'exit');
    process.kill(pid, 'SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
  });

  it('leaves no program behind when it is killed with SIGKILL', async () => {
    const launched = launch();
    await programPid(launched);
    launched.launcher.kill('SIGKILL');
    await endOfOutput(launched);
  });

  it("ends with the shell of an npm script, which swallows npm's SIGTERM", async () => {
    const command = [node, ...nodeOptions, 'bin/task-api.mjs'];
    const shell = spawn('sh', ['-c', '"$@"; true', 'sh', ...command], {
      cwd: project,
      env: { PATH: process.env['PATH'], npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const launched = follow(shell);
    await programPid(launched);
    shell.kill('SIGTERM');
    expect(await nextLine(launched)).toBe('got SIGTERM');
    await endOfOutput(launched);
  });

  it('says in one line what to do when nothing has been built', async () => {
    rmSync(join(project, 'dist'), { recursive: true });
    const launcher = spawn(node, [...nodeOptions, 'bin/task-api.mjs'], { cwd: project });
    const [[message], [code]] = await Promise.all([
      once(launcher.stderr.setEncoding('utf8'), 'data') as Promise<[string]>,
      once(launcher, 'exit') as Promise<[number]>,
    ]);
    expect(message).toMatch(
      /^.*dist\/src\/main\.js does not exist: install the release again, with its dist\/\.\n$/,
    );
    expect(code).toBe(1);
  });

  it('says in one line which Node it needs on one that is too old', async () => {
    const launcher = spawn(
      node,
      [...nodeOptions, '--no-experimental-require-module', 'bin/task-api.mjs'],
      { cwd: project },
    );
    const [message] = (await once(launcher.stderr.setEncoding('utf8'), 'data')) as [string];
    expect(message).toBe(
      `Task API needs Node 20.19, 22.13 or newer; this is ${execFileSync(node, ['-v']).toString().trim()}.\n`,
    );
  });
});
