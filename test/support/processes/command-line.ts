import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { bareEnvironment } from './bare-environment';

const ROOT = join(__dirname, '..', '..', '..');
/** As the launcher starts it. */
const PRELOADS = ['compile-cache.cjs', 'source-maps.cjs'].flatMap((file) => [
  '--require',
  join(ROOT, 'bin', file),
]);
const PROGRAM = join(ROOT, 'dist', 'src', 'cli', 'main.js');

export type Variables = Readonly<Record<string, string>>;
type Program = ChildProcessByStdio<null, Readable, Readable>;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Brings dist/ up to date; what is tested is what is delivered. */
export function buildOnce(): void {
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Runs one command to its end, on the Node of this test. */
export async function runCli(args: readonly string[], variables: Variables = {}): Promise<Outcome> {
  return outcomeOf(startCli(args, variables));
}

export function startCli(args: readonly string[], variables: Variables): Program {
  return launch(process.execPath, [...PRELOADS, PROGRAM, ...args], variables);
}

/** The documented way to a command, through npm and the launcher, without a developer's .env. */
export async function npmRunCli(args: readonly string[], variables: Variables): Promise<Outcome> {
  const project = projectWithoutDotenv();
  const command = ['--prefix', project, 'run', '--silent', 'cli', '--', ...args];
  try {
    return await outcomeOf(launch('npm', command, variables));
  } finally {
    rmSync(project, { recursive: true });
  }
}

/** A directory in which `npm run cli` works. The caller removes it. */
export function projectWithoutDotenv(): string {
  const project = mkdtempSync(join(tmpdir(), 'task-api-npm-'));
  copyFileSync(join(ROOT, 'package.json'), join(project, 'package.json'));
  symlinkSync(join(ROOT, 'bin'), join(project, 'bin'));
  return project;
}

export async function outcomeOf(program: Program): Promise<Outcome> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

/** Neither the environment of the tests nor a developer's .env reaches the program. */
function launch(file: string, args: readonly string[], variables: Variables): Program {
  return spawn(file, args, {
    cwd: tmpdir(),
    env: { ...bareEnvironment(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
