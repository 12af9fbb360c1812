import {
  closeSync,
  copyFileSync,
  fchownSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs';
import type { PostgresUser } from '../cluster/postgres-user';

const LIMIT_BYTES = 5_000_000;
const CHECK_EVERY_MS = 60_000;

/** @returns a descriptor for PostgreSQL's standard error, which is its log */
export function openServerLog(path: string, user: PostgresUser): number {
  const log = openSync(path, 'a', 0o600);
  if (user.kind === 'other') fchownSync(log, user.uid, user.gid);
  return log;
}

/**
 * Keeps the log and its predecessor (`.1`) near {@link LIMIT_BYTES} each. Copied and truncated
 * rather than renamed, since PostgreSQL keeps the file open, also beyond the life of this process.
 */
export function keepServerLogSmall(path: string): { stop(): void } {
  const check = () => {
    try {
      if (statSync(path).size <= LIMIT_BYTES) return;
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
    } catch {
      // A full disk is the likely cause; PostgreSQL meets it as well and says so.
    }
  };
  check();
  const timer = setInterval(check, CHECK_EVERY_MS).unref();
  return { stop: () => clearInterval(timer) };
}

/** The end of the log, from a byte on: what the last attempt to start wrote. */
export function readServerLog(path: string, from: number): string {
  const length = Math.max(0, logSize(path) - from);
  const buffer = Buffer.alloc(Math.min(length, 65_536));
  const log = openSync(path, 'r');
  try {
    return buffer.toString('utf8', 0, readSync(log, buffer, 0, buffer.length, from));
  } finally {
    closeSync(log);
  }
}

export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
