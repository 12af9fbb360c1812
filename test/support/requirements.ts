import { describe, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { PGBOUNCER, pgBouncerKeepsNames } from './database/pg-bouncer';
import { LARGE_PROOFS } from './large-proofs';
import { hasReleaseBefore } from './processes/earlier-release';
import { MemoryCgroup } from './processes/memory-cgroup';
import { promtool } from './processes/promtool';

const isLinux = process.platform === 'linux';
const runs = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;

const NEON = ['NEON_URL', 'NEON_OWNER_URL'] as const;

/** What a test needs and not every machine has. */
const REQUIREMENTS = {
  linux: { isMet: () => isLinux, reason: 'needs Linux' },
  root: {
    isMet: () => isLinux && process.geteuid?.() === 0,
    reason: 'needs root on Linux: run the tests as root',
  },
  ownServer: {
    isMet: () => process.env['DATABASE_URL'] === undefined,
    reason: 'needs the log of a server of its own: unset DATABASE_URL',
  },
  pgBouncer: {
    isMet: () => existsSync(PGBOUNCER),
    reason: 'needs PgBouncer: apt-get install pgbouncer',
  },
  pgBouncerWithNames: {
    isMet: () => existsSync(PGBOUNCER) && pgBouncerKeepsNames(),
    reason: 'needs PgBouncer 1.21 or newer, which TEST_PGBOUNCER may name',
  },
  neon: {
    isMet: () => NEON.every((name) => (process.env[name] ?? '') !== ''),
    reason: `needs ${NEON.join(' and ')}, the pooled and the direct URL of a database for tests alone`,
  },
  oneDatabase: {
    isMet: () => (process.env['CITUS_URL'] ?? '') === '',
    reason: 'sees or stops one database: on Citus, lanes lead to the workers as well',
  },
  citus: {
    isMet: () => (process.env['CITUS_URL'] ?? '') !== '',
    reason: 'needs CITUS_URL, of a superuser on the coordinator of a cluster for tests alone',
  },
  largeProofs: {
    isMet: () => LARGE_PROOFS,
    reason: 'takes long: set LARGE_PROOFS=1, as .ci/run --all does',
  },
  memoryCgroup: {
    isMet: () => isLinux && MemoryCgroup.isAtHand(),
    reason: 'needs cgroups with a limit of memory: root on Linux',
  },
  terminal: {
    isMet: () => runs('script', '--version'),
    reason: 'needs script(1) of util-linux, which gives a program a terminal',
  },
  mountNamespaces: {
    isMet: () => isLinux && runs('unshare', '--user', '--mount', '--map-root-user', 'true'),
    reason: 'needs Linux where users may make mount namespaces',
  },
  systemd: {
    // Since 250 it rates a unit that is not installed. Its own units must be there to verify another.
    isMet: () =>
      existsSync('/usr/lib/systemd/system/sysinit.target') &&
      /^systemd (2[5-9]\d|[3-9]\d\d)/.test(
        spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).stdout,
      ),
    reason: 'needs systemd 250 or newer: apt-get install systemd',
  },
  reactExample: {
    isMet: () => existsSync('examples/react/node_modules/vite'),
    reason: 'needs the packages of examples/react: npm ci --prefix examples/react',
  },
  releaseBefore: {
    isMet: hasReleaseBefore,
    reason: 'needs the history of Git: git fetch --unshallow',
  },
  nginx: { isMet: () => runs('nginx', '-v'), reason: 'needs nginx: apt-get install nginx' },
  caddy: {
    isMet: () => runs('caddy', 'version'),
    reason:
      'needs Caddy: go install github.com/caddyserver/caddy/v2/cmd/caddy@latest, and its folder in PATH',
  },
  promtool: {
    isMet: () => promtool() !== undefined,
    reason: 'needs promtool: apt-get install prometheus, or apt-get download to unpack it from',
  },
} as const;

type Requirement = keyof typeof REQUIREMENTS;

/** What has to be here: where a workflow has installed it, a skipped test fails the run. */
const DEMANDED = (process.env['TEST_REQUIRES'] ?? '').split(',');

/** Declares tests that are skipped where the requirement is not met; the run lists the reason. */
export function describeWith(requirement: Requirement, title: string, tests: () => void): void {
  if (isThere(requirement)) describe(title, tests);
  else describe.skip(skipped(title, requirement), tests);
}

/** The same for one test. */
export function itWith(requirement: Requirement, title: string, test: () => Promise<void>): void {
  if (isThere(requirement)) it(title, test);
  else it.skip(skipped(title, requirement), test);
}

/** @throws Error where it is demanded and missing */
function isThere(requirement: Requirement): boolean {
  const { isMet, reason } = REQUIREMENTS[requirement];
  if (isMet()) return true;
  if (!DEMANDED.includes(requirement)) return false;
  throw new Error(`TEST_REQUIRES names ${requirement}: ${reason}`);
}

/** The form that test/support/jest/progress-reporter.cjs reads. */
function skipped(title: string, requirement: Requirement): string {
  return `${title} [skipped: ${REQUIREMENTS[requirement].reason}]`;
}
