import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(__dirname, '..', '..', '..', 'artifacts', 'promtool');
/** Takes one file out of Debian's package, and installs nothing. */
const UNPACK = `apt-get download prometheus &&
  dpkg --fsys-tarfile prometheus_*.deb | tar --extract ./usr/bin/promtool`;

/** Where the checker of Prometheus is; undefined where it is not and cannot be fetched. */
export function promtool(): string | undefined {
  const runs = (path: string): boolean => spawnSync(path, ['--version']).status === 0;
  if (runs('promtool')) return 'promtool';
  const unpacked = join(DIRECTORY, 'usr', 'bin', 'promtool');
  if (process.platform === 'linux' && !existsSync(unpacked)) {
    mkdirSync(DIRECTORY, { recursive: true });
    spawnSync('sh', ['-c', UNPACK], { cwd: DIRECTORY });
  }
  return runs(unpacked) ? unpacked : undefined;
}
