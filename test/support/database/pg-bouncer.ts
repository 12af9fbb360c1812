import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionSettings } from '../../../src/database/connection-settings';
import { freePort } from '../processes/free-port';
import { WireProxy } from '../wire/wire-proxy';

const PROGRAM = '/usr/sbin/pgbouncer';
/** PgBouncer refuses to run as root. */
const UNPRIVILEGED_USER = 'nobody';

/**
 * PgBouncer in transaction mode, with fewer server connections than it has clients. It reaches
 * PostgreSQL through a relay, because only the test's own user may enter the directory of the
 * server's socket.
 */
export class PgBouncer {
  private constructor(
    readonly settings: ConnectionSettings,
    private readonly child: ChildProcess,
    private readonly relay: WireProxy,
    private readonly directory: string,
  ) {}

  static async start(target: ConnectionSettings, serverConnections = 5): Promise<PgBouncer> {
    const relay = await WireProxy.start(target);
    const directory = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
    chmodSync(directory, 0o755);
    const port = await freePort();
    const users = join(directory, 'users.txt');
    const configuration = join(directory, 'pgbouncer.ini');
    writeFileSync(users, `"${String(target.user)}" "${String(target.password)}"\n`);
    writeFileSync(configuration, iniOf({ port, serverPort: relay.port, serverConnections, users }));
    const identity = process.getuid?.() === 0 ? ['-u', UNPRIVILEGED_USER] : [];
    const child = spawn(PROGRAM, [...identity, configuration], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await untilUp(child);
    return new PgBouncer(
      { ...target, host: '127.0.0.1', port, ssl: false },
      child,
      relay,
      directory,
    );
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
    await this.relay.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function iniOf(options: {
  port: number;
  serverPort: number;
  serverConnections: number;
  users: string;
}): string {
  return `
[databases]
* = host=127.0.0.1 port=${options.serverPort}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${options.port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${options.users}
pool_mode = transaction
default_pool_size = ${options.serverConnections}
server_round_robin = 1
log_connections = 0
log_disconnections = 0
log_pooler_errors = 0
`;
}

/** PgBouncer says so once it listens; what it logs later must not fill the pipe. */
function untilUp(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const log: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log.push(text);
      if (text.includes('process up')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => {
      reject(new Error(`PgBouncer ended: ${log.join('')}`));
    });
  });
}
