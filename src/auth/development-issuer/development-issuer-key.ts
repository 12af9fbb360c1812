import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeDataDir } from '../../config/make-data-dir';

const KEY_BYTES = 32;

/**
 * The key of the development issuer, made on first use and readable by its owner alone.
 * Processes that start at once end up with the same key.
 * @throws Error with what to do, when the file is damaged or open to other users
 */
export function openDevelopmentIssuerKey(dataDir: string): Buffer {
  const path = join(dataDir, 'development-issuer.key');
  makeDataDir(dataDir, 0o700);
  return readKey(path) ?? createKey(path);
}

function readKey(path: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  // Windows has no such mode bits; there the directory's own permissions decide.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new Error(
      `${path} can be read by others. Delete it; a new one is made at the next start.`,
    );
  }
  const key = Buffer.from(text, 'base64url');
  if (key.length !== KEY_BYTES) {
    throw new Error(`${path} is damaged. Delete it; a new one is made at the next start.`);
  }
  return key;
}

function createKey(path: string): Buffer {
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeSync(file, randomBytes(KEY_BYTES).toString('base64url'));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // A link appears whole or not at all, and never replaces one that another process made first.
    linkSync(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const key = readKey(path);
  if (key === undefined) throw new Error(`${path} vanished while the server was starting`);
  return key;
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
