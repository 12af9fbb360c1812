import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

const PACKAGES = [
  '@nestjs/core',
  'express',
  'fastify',
  'pg',
  'typeorm',
  '@nestjs/jwt',
  'class-validator',
] as const;

/** Where and with what the figures were made. */
export interface Machine {
  readonly startedAt: string;
  readonly commit: string;
  readonly processors: string;
  readonly memoryGib: number;
  readonly system: string;
  /** Average number of runnable processes over the last minute, before the start. */
  readonly loadBefore: number;
  readonly node: string;
  readonly postgres: string;
  readonly generator: string;
  readonly pgbench: string | null;
  readonly packages: Readonly<Record<string, string>>;
}

export function describeMachine(
  startedAt: Date,
  programs: Pick<Machine, 'postgres' | 'generator' | 'pgbench'>,
): Machine {
  return {
    startedAt: startedAt.toISOString(),
    commit: commit(),
    processors: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    loadBefore: loadavg()[0] ?? 0,
    node: process.version,
    ...programs,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, packageVersion(name)])),
  };
}

export function packageVersion(name: string): string {
  // Read, not required: many packages export no manifest.
  const manifest = join(__dirname, '..', 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** With a plus sign if there are changes that are not committed. */
function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', cwd: __dirname, stdio: 'pipe' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return 'unknown';
  }
}
