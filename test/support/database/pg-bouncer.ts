import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import { freePort } from '../processes/free-port';

/** TEST_PGBOUNCER names another one than Debian's, such as a current one. */
export const PGBOUNCER = process.env['TEST_PGBOUNCER'] ?? '/usr/sbin/pgbouncer';

/** Whether it can keep the prepared statements of its clients. */
export const pgBouncerKeepsNames = (): boolean => {
  const { stdout } = spawnSync(PGBOUNCER, ['--version'], { encoding: 'utf8' });
  return /^PgBouncer 1\.(2[1-9]|[3-9]\d)/.test(stdout);
};

/** PgBouncer refuses to run as root. Inside a namespace of its own, root's files stay within reach. */
const AS_SOMEBODY_ELSE = ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'];

export interface PgBouncerOptions {
  /** Fewer than it has clients. */
  readonly serverConnections?: number;
  /** Of each client; versions before 1.21 keep none. */
  readonly keptStatements?: number;
  /** Whether each batch meets another server than the one before; not so by default in PgBouncer. */
  readonly takesTurns?: boolean;
}

/** PgBouncer in transaction mode. */
export class PgBouncer {
  private constructor(
    readonly settings: ConnectionSettings,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  static async start(
    target: ConnectionSettings,
    { serverConnections = 5, keptStatements = 0, takesTurns = true }: PgBouncerOptions = {},
  ): Promise<PgBouncer> {
    const directory = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
    chmodSync(directory, 0o755);
    const port = await freePort();
    const users = join(directory, 'users.txt');
    const configuration = join(directory, 'pgbouncer.ini');
    writeFileSync(users, `"${String(target.user)}" "${String(target.password)}"\n`);
    const ini = iniOf({ port, target, serverConnections, takesTurns, users });
    const names = pgBouncerKeepsNames() ? `max_prepared_statements = ${keptStatements}\n` : '';
    writeFileSync(configuration, ini + names);
    const isRoot = process.getuid?.() === 0;
    const [program, ...args] = [...(isRoot ? AS_SOMEBODY_ELSE : []), PGBOUNCER, configuration];
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await untilUp(child);
    return new PgBouncer({ ...target, host: '127.0.0.1', port, ssl: false }, child, directory);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function iniOf(options: {
  port: number;
  target: ConnectionSettings;
  serverConnections: number;
  takesTurns: boolean;
  users: string;
}): string {
  return `
[databases]
* = host=${quoted(options.target.host ?? 'localhost')} port=${options.target.port ?? 5432}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${options.port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${options.users}
pool_mode = transaction
default_pool_size = ${options.serverConnections}
server_round_robin = ${Number(options.takesTurns)}
server_login_retry = 1
log_connections = 0
log_disconnections = 0
log_pooler_errors = 0
`;
}

/** The directory of a socket may have blanks in its name. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
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
