import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EmbeddedPostgresError } from '../embedded-postgres-error';
import type { PostmasterFile } from '../cluster/postmaster-file';
import { type PostgresUser, canEnter } from '../cluster/postgres-user';

/** Where a server listens: a Unix socket in a directory of its own, or else a loopback port. */
export interface ServerAddress {
  /** As pg's `host`: a directory or an IP address. */
  readonly host: string;
  readonly port: number;
}

const PREFIX = 'task-api-';
const MADE_HERE = /^task-api-[0-9A-Za-z]{6}$/;
/** Later than any start that may still need it. */
const ABANDONED_AFTER_MS = 600_000;
const LOOPBACK = '127.0.0.1';
/** The smallest `sun_path` among the supported systems (macOS 104, Linux 108), less its NUL. */
const LONGEST_SOCKET_PATH = 103;
/** With a Unix socket the port is but a part of the file name. */
const SOCKET_PORT = 5432;
const SOCKET_NAME = `.s.PGSQL.${SOCKET_PORT}`;

/**
 * Whether the directory of a socket can be made, asked before anything else is.
 * @throws EmbeddedPostgresError
 */
export function requireSocketPlace(user: PostgresUser): void {
  if (!usesSocket(user)) return;
  try {
    accessSync(tmpdir(), constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unusablePlace(cause);
  }
}

export async function chooseServerAddress(user: PostgresUser): Promise<ServerAddress> {
  if (!usesSocket(user)) return { host: LOOPBACK, port: await freePort() };
  try {
    removeAbandoned();
    const host = mkdtempSync(join(tmpdir(), PREFIX));
    if (user.kind === 'other') chownSync(host, user.uid, user.gid);
    return { host, port: SOCKET_PORT };
  } catch (cause) {
    throw unusablePlace(cause);
  }
}

/** Removes what starts left that were killed before PostgreSQL had put its socket there. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!MADE_HERE.test(name)) continue;
    const path = join(tmpdir(), name);
    try {
      // Only one that is empty can be removed so.
      if (statSync(path).mtimeMs < Date.now() - ABANDONED_AFTER_MS) rmdirSync(path);
    } catch {
      // In use, somebody else's, or gone already.
    }
  }
}

function usesSocket(user: PostgresUser): boolean {
  const longest = join(tmpdir(), `${PREFIX}XXXXXX`, SOCKET_NAME);
  const fits = Buffer.byteLength(longest) <= LONGEST_SOCKET_PATH;
  // A missing directory has to be reported as such.
  return (
    process.platform !== 'win32' && fits && (canEnter(user, tmpdir()) || !existsSync(tmpdir()))
  );
}

function unusablePlace(cause: unknown): EmbeddedPostgresError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EmbeddedPostgresError(
    `Cannot create a directory for PostgreSQL's socket in the temporary directory ${tmpdir()} (${reason}): set TMPDIR to a directory that exists and can be written`,
    { cause },
  );
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
