import { chownSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stepFailed } from './embedded-postgres-error';
import type { PostmasterFile } from './postmaster-file';
import { type PostgresUser, canEnter } from './postgres-user';

/** Where a server listens: a Unix socket in a directory of its own, or else a loopback port. */
export interface ServerAddress {
  /** As pg's `host`: a directory or an IP address. */
  readonly host: string;
  readonly port: number;
}

const PREFIX = 'task-api-';
const LOOPBACK = '127.0.0.1';
/** The smallest `sun_path` among the supported systems (macOS 104, Linux 108), less its NUL. */
const LONGEST_SOCKET_PATH = 103;
/** With a Unix socket the port is but a part of the file name. */
const SOCKET_PORT = 5432;
const SOCKET_NAME = `.s.PGSQL.${SOCKET_PORT}`;

export async function chooseServerAddress(user: PostgresUser): Promise<ServerAddress> {
  const longest = join(tmpdir(), `${PREFIX}XXXXXX`, SOCKET_NAME);
  const fits = Buffer.byteLength(longest) <= LONGEST_SOCKET_PATH;
  if (process.platform === 'win32' || !fits || !canEnter(user, tmpdir())) {
    return { host: LOOPBACK, port: await freePort() };
  }
  try {
    const host = mkdtempSync(join(tmpdir(), PREFIX));
    if (user.kind === 'other') chownSync(host, user.uid, user.gid);
    return { host, port: SOCKET_PORT };
  } catch (cause) {
    throw stepFailed(`create a directory for PostgreSQL's socket in ${tmpdir()}`, cause);
  }
}

export function addressOf({ socketDirectory, port }: PostmasterFile): ServerAddress {
  return { host: socketDirectory === '' ? LOOPBACK : socketDirectory, port };
}

/** The settings that make a server listen there and nowhere else. */
export function listenParameters({ host, port }: ServerAddress): Record<string, string> {
  return host === LOOPBACK
    ? { listen_addresses: LOOPBACK, unix_socket_directories: '', port: String(port) }
    : { listen_addresses: '', unix_socket_directories: `"${host}"`, port: String(port) };
}

/** To be called when the server has ended. Removes only a directory that was made here. */
export function releaseServerAddress({ host }: ServerAddress): void {
  if (!basename(host).startsWith(PREFIX)) return;
  try {
    for (const file of [SOCKET_NAME, `${SOCKET_NAME}.lock`])
      rmSync(join(host, file), { force: true });
    rmdirSync(host);
  } catch {
    // Gone already, or somebody put a file there: an empty directory is not worth an error.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, LOOPBACK, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
