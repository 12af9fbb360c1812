import { type FileHandle, open, realpath } from 'node:fs/promises';
import { usageError } from '../command-error';
import { writeWhole } from '../atomic-file';
import type { RejectedRow } from './formats/sources/source-row';

/** Takes the rows that cannot be imported. */
export interface Rejects {
  readonly add: (row: RejectedRow, fault: string) => Promise<void>;
}

/**
 * Writes the rejected rows into a file that can be corrected and imported. It appears when `read`
 * has ended, and is empty if no row was rejected.
 */
export async function withRejectsFile<Result>(
  file: string,
  read: (rejects: Rejects) => Promise<Result>,
): Promise<Result> {
  return writeWhole(file, async (temporary) => {
    const handle = await open(temporary, 'w', 0o600);
    try {
      return await written(handle, read);
    } finally {
      await handle.close();
    }
  });
}

async function written<Result>(
  handle: FileHandle,
  read: (rejects: Rejects) => Promise<Result>,
): Promise<Result> {
  let last: RejectedRow | undefined;
  const add = async (row: RejectedRow, fault: string): Promise<void> => {
    await handle.write(`${last === undefined ? row.head : ''}${row.text(fault)}`);
    last = row;
  };
  const result = await read({ add });
  if (last !== undefined) await handle.write(last.tail);
  await handle.sync();
  return result;
}

/** @throws CommandError if the rejected rows would replace their source file */
export async function requireOtherFile(rejects: string, source: string): Promise<void> {
  // A file that does not exist yet cannot be the source.
  const taken = await realpath(rejects).catch(() => undefined);
  if (taken === undefined || taken !== (await realpath(source))) return;
  throw usageError('--rejects must name another file than the one to import', 'import --help');
}
