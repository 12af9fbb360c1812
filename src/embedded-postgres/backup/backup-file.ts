import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { ConnectionSettings } from '../../database/session/connection-settings';
import {
  BackupError,
  type BackupHead,
  type BackupPart,
  type BackupSeal,
  backupParts,
} from './backup-format';
import { dump, type DumpEvents } from './dump';

/** The header of a complete backup. */
export interface BackupSummary extends BackupHead, BackupSeal {}

/** Writes the file; it is on the disk when the promise fulfils. */
export async function writeBackup(
  path: string,
  owner: ConnectionSettings,
  events: DumpEvents,
): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600, flush: true });
  await pipeline(dump(owner, events), createGzip(), file);
}

/**
 * Reads the whole file and compares its content with its seal.
 * @throws BackupError in the words of a person, with the file's name
 */
export async function checkBackup(path: string): Promise<BackupSummary> {
  let head: BackupHead | undefined;
  let seal: BackupSeal | undefined;
  for await (const part of readBackup(path)) {
    if (part.kind === 'head') head = part.head;
    if (part.kind === 'seal') seal = part.seal;
  }
  if (head === undefined || seal === undefined) throw notRestorable(path, 'its end is missing');
  return { ...head, ...seal };
}

/** @throws BackupError unless the file is complete */
export async function* readBackup(path: string): AsyncGenerator<BackupPart> {
  const file = createReadStream(path);
  const text = createGunzip();
  file.on('error', (error) => text.destroy(error));
  try {
    yield* backupParts(file.pipe(text) as AsyncIterable<Buffer>);
  } catch (error) {
    if (error instanceof BackupError) throw notRestorable(path, error.message);
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code.startsWith('Z_')) throw notRestorable(path, compressionFault(code, message));
    if (NOT_READABLE.includes(code)) {
      throw new BackupError(`${path} cannot be read: ${message}`, { cause: error });
    }
    throw error;
  } finally {
    file.destroy();
    text.destroy();
  }
}

/** zlib speaks of its own header, and of buffers. */
function compressionFault(code: string, message: string): string {
  if (message === 'incorrect header check') return 'it is no backup of the Task API';
  return code === 'Z_BUF_ERROR' ? 'its end is missing' : 'it is damaged';
}

const NOT_READABLE = ['ENOENT', 'EACCES', 'EISDIR', 'EIO', 'ENOTDIR', 'EPERM'];

function notRestorable(path: string, reason: string): BackupError {
  return new BackupError(`${path} cannot be restored: ${reason}`);
}
