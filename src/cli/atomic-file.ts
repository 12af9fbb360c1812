import {
  closeSync,
  existsSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { cannotWrite } from './command-error';

/**
 * A file appears under its name only when it is complete, readable by its owner alone. Any failure,
 * also Ctrl-C, leaves nothing of it, and keeps an existing file of that name.
 * @param write fills the temporary file
 * @throws CommandError when it cannot be written
 */
export async function writeWhole<Result>(
  file: string,
  write: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const path = placeOf(file);
  const temporary = `${path}.${process.pid}.partial`;
  const remove = (): void => {
    // Without this check, an inaccessible directory would fail again, and hide the reason.
    if (existsSync(temporary)) rmSync(temporary);
  };
  try {
    closeSync(openSync(temporary, 'wx', 0o600));
    process.once('exit', remove);
    const result = await write(temporary);
    renameSync(temporary, path);
    return result;
  } catch (error) {
    throw isOfFile(error, temporary) || isOfWriting(error) ? cannotWrite(error.message) : error;
  } finally {
    remove();
    process.off('exit', remove);
  }
}

/** A rename would put a file in the place of a device, such as /dev/stdout, or of a link. */
function placeOf(file: string): string {
  // If it cannot be read, it cannot be written either, and that error says why.
  if (!existsSync(file)) return file;
  if (statSync(file).isFile()) return realpathSync(file);
  throw cannotWrite(`${file} is there, and no regular file`);
}

function isOfFile(error: unknown, path: string): error is Error {
  return typeof error === 'object' && error !== null && 'path' in error && error.path === path;
}

/** Writing, unlike opening, fails without a path. */
export function isOfWriting(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && error.syscall === 'write';
}
