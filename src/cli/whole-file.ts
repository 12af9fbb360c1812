import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { cannotWrite } from './command-error';

/**
 * Lets a file appear under its name when it is complete, never before, readable by its owner alone.
 * Whatever goes wrong, also Ctrl-C, leaves nothing of it, and a file of that name as it was.
 * @param write fills the temporary file
 * @throws CommandError when it cannot be written
 */
export async function writeWhole<Result>(
  path: string,
  write: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const temporary = `${path}.${process.pid}.partial`;
  const remove = (): void => rmSync(temporary, { force: true });
  try {
    closeSync(openSync(temporary, 'wx', 0o600));
    process.once('exit', remove);
    const result = await write(temporary);
    renameSync(temporary, path);
    return result;
  } catch (error) {
    throw isOfFile(error, temporary) ? cannotWrite(error.message) : error;
  } finally {
    remove();
    process.off('exit', remove);
  }
}

function isOfFile(error: unknown, path: string): error is Error {
  if (!(error instanceof Error)) return false;
  // Writing, unlike opening, fails without the path.
  return (
    ('path' in error && error.path === path) || ('syscall' in error && error.syscall === 'write')
  );
}
