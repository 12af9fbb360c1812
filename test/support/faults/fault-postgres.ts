import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type QueryResultRow } from 'pg';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../../src/database/session/connection-settings';
import { findCluster } from '../../../src/embedded-postgres/cluster/cluster';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/embedded-postgres/embedded-postgres';
import { preparePostgresBinaries } from '../../../src/embedded-postgres/cluster/postgres-binaries';
import {
  launchServer,
  type PostgresServer,
  type ServerPlan,
} from '../../../src/embedded-postgres/process/postgres-server';
import { choosePostgresUser } from '../../../src/embedded-postgres/cluster/postgres-user';
import { urlOf } from '../database/connection-url';
import { copyDataDir, copyPreparedDataDir } from '../processes/prepared-data-dir';
import { gone, query } from '../processes/embedded-postgres-processes';
import { freePort } from '../processes/free-port';

const LOOPBACK = '127.0.0.1';
/** The death of a process loses nothing that the kernel has; only that of the machine would. */
const PARAMETERS = { fsync: 'off', max_connections: '60', restart_after_crash: 'on' };

/** Where the processes of a server stand; `stop -m fast` and `stop -m immediate` are signals. */
const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;

/** A PostgreSQL of one test file's own, always at the same address, that can be made to fail. */
export class FaultPostgres {
  #server: PostgresServer | undefined;
  #frozen: readonly number[] = [];

  private constructor(
    readonly directory: string,
    readonly port: number,
    readonly endpoint: DatabaseEndpoint,
    private readonly plan: ServerPlan,
  ) {}

  /** @param isMigrated whether it begins with a copy of the prepared database */
  static async create(isMigrated = false): Promise<FaultPostgres> {
    const directory = join(mkdtempSync(join(tmpdir(), 'task-api-faults-')), 'data');
    if (isMigrated) copyPreparedDataDir(directory);
    const embedded = await startEmbeddedPostgres({ dataDir: directory, parameters: PARAMETERS });
    await embedded.stop();
    const postgres = await FaultPostgres.#of(directory, embedded);
    await postgres.start();
    return postgres;
  }

  static async #of(
    directory: string,
    { endpoint, location }: Pick<EmbeddedPostgres, 'endpoint' | 'location'>,
  ): Promise<FaultPostgres> {
    const port = await freePort();
    const at = (settings: ConnectionSettings) => ({ ...settings, host: LOOPBACK, port });
    const { api, owner, description } = endpoint;
    const user = choosePostgresUser(findCluster(directory)?.owner);
    return new FaultPostgres(
      directory,
      port,
      { api: at(api), owner: at(owner), description },
      {
        cluster: location,
        log: join(directory, 'postgres.log'),
        binaries: preparePostgresBinaries(user, directory),
        user,
        parameters: PARAMETERS,
      },
    );
  }

  /** A streaming replica of it. It is made of a copy, for which this server stops for a moment. */
  async replicate(): Promise<FaultPostgres> {
    const directory = join(mkdtempSync(join(tmpdir(), 'task-api-replica-')), 'data');
    await this.stop('fast');
    copyDataDir(this.directory, directory);
    await this.start();
    const location = findCluster(directory)?.directory ?? '';
    const replica = await FaultPostgres.#of(directory, { endpoint: this.endpoint, location });
    writeFileSync(join(location, 'standby.signal'), '');
    const { user, password } = this.endpoint.owner;
    const primary = `host=${LOOPBACK} port=${this.port} user=${String(user)} password=${String(password)}`;
    appendFileSync(join(location, 'postgresql.auto.conf'), `primary_conninfo = '${primary}'\n`);
    await replica.start();
    return replica;
  }

  /** What the configuration of a server that uses it has to say. */
  variables(port = this.port): Readonly<Record<string, string>> {
    const { api, owner } = this.endpoint;
    return { DATABASE_URL: urlOf({ ...api, port }), DATABASE_OWNER_URL: urlOf(owner) };
  }

  /** @param program runs PostgreSQL in some other way, also as whom it pleases */
  async start(program?: string): Promise<void> {
    const plan: ServerPlan =
      program === undefined
        ? this.plan
        : {
            ...this.plan,
            binaries: { ...this.plan.binaries, postgres: program },
            user: { kind: 'self' },
          };
    const server = launchServer(plan, { host: LOOPBACK, port: this.port });
    await server.ready();
    this.#server = server;
  }

  get program(): string {
    return this.plan.binaries.postgres;
  }

  get cluster(): string {
    return this.plan.cluster;
  }

  /** Ends it, and waits until its last process is gone. */
  async stop(how: keyof typeof STOP_SIGNALS): Promise<void> {
    // One that is killed leaves its processes to themselves: it must not start another one meanwhile.
    if (how === 'kill') process.kill(this.pid, 'SIGSTOP');
    const processes = this.processes();
    process.kill(this.pid, STOP_SIGNALS[how]);
    await this.#server?.exited;
    this.#server = undefined;
    await Promise.all(processes.map(gone));
  }

  /** Whether it accepts sessions. */
  answers(): Promise<boolean> {
    return this.query('select').then(
      () => true,
      () => false,
    );
  }

  /** Whether its log says so. */
  logged(text: string): boolean {
    return readFileSync(this.plan.log, 'utf8').includes(text);
  }

  get isRunning(): boolean {
    return this.#server !== undefined && isAlive(this.#server.pid);
  }

  get pid(): number {
    if (this.#server === undefined) throw new Error('PostgreSQL does not run');
    return this.#server.pid;
  }

  /** All its processes: the postmaster first. */
  processes(): readonly number[] {
    return [this.pid, ...childrenOf(this.pid)];
  }

  /** The processes that serve the API. */
  async backends(): Promise<readonly number[]> {
    const rows = await this.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'task-api'`,
    );
    return rows.map(({ pid }) => pid);
  }

  freeze(processes: readonly number[]): void {
    this.#frozen = processes;
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.#frozen) if (isAlive(pid)) process.kill(pid, 'SIGCONT');
    this.#frozen = [];
  }

  /** Cuts every session of the API. */
  async terminateBackends(): Promise<void> {
    await this.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'task-api'`,
    );
  }

  /** As the superuser, in a session of its own. */
  query<Row extends QueryResultRow>(sql: string): Promise<Row[]> {
    return query<Row>(this.endpoint.owner, sql);
  }

  async remove(): Promise<void> {
    this.thaw();
    if (this.isRunning) await this.stop('immediate');
    rmSync(dirname(this.directory), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    // The name of the program, in parentheses, may hold anything.
    return Number(/.*\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
