/**
 * Where tests keep their files: `node scripts/test-directory.mjs` prints it. PostgreSQL makes three
 * hundred files for each database and a thousand for each cluster, which costs ten times as much on a
 * disk as in memory.
 */
import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const IN_MEMORY = '/dev/shm';
/** A run of all tests needs less than one. */
const BYTES_FREE = 4 * 2 ** 30;

/** TMPDIR decides where it is set. */
export function testDirectory() {
  return process.env.TMPDIR === undefined && isRoomInMemory() ? IN_MEMORY : tmpdir();
}

function isRoomInMemory() {
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return mayHoldPrograms() && Math.min(bavail * bsize, process.availableMemory()) > BYTES_FREE;
  } catch {
    return false;
  }
}

/** Some tests run programs that they write there. */
function mayHoldPrograms() {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const [, , , options = 'noexec'] =
    mounts.map((mount) => mount.split(' ')).find(([, place]) => place === IN_MEMORY) ?? [];
  return !options.split(',').includes('noexec');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(testDirectory());
