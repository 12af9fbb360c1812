import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { FaultPostgres } from '../faults/fault-postgres';

const NAMESPACES = ['--user', '--mount'];
const BLOCK = Buffer.alloc(64 * 1024);
/** PostgreSQL refuses to be root, as whom the disk is mounted. */
const UNPRIVILEGED = '--user --map-user=1000 --map-group=1000';

/** A disk of a few MB that PostgreSQL sees, in a mount namespace that outlives it. */
export class SmallDisk {
  private constructor(
    private readonly postgres: FaultPostgres,
    private readonly directory: string,
    private readonly holder: ChildProcess,
  ) {}

  static async create(postgres: FaultPostgres, megabytes: number): Promise<SmallDisk> {
    const directory = join(postgres.directory, 'small-disk');
    mkdirSync(directory);
    const mount = `mount -t tmpfs -o size=${megabytes}m,mode=700 none '${directory}' && echo && exec cat`;
    const holder = spawn('unshare', [...NAMESPACES, '--map-root-user', 'sh', '-c', mount]);
    await once(holder.stdout, 'data');
    return new SmallDisk(postgres, directory, holder);
  }

  /** Restarts PostgreSQL with the table of tasks on it. */
  async carryTasks(): Promise<void> {
    await this.postgres.stop('fast');
    await this.startPostgres();
    await this.postgres.query(`create tablespace small location '${this.directory}'`);
    await this.postgres.query('alter table tasks set tablespace small');
  }

  /** Restarts PostgreSQL with its write-ahead log on it. */
  async carryWal(): Promise<void> {
    const wal = join(this.postgres.cluster, 'pg_wal');
    await this.postgres.stop('fast');
    cpSync(wal, join(this.#seen, 'pg_wal'), { recursive: true });
    renameSync(wal, `${wal}.before`);
    symlinkSync(join(this.directory, 'pg_wal'), wal);
    await this.startPostgres();
  }

  /** PostgreSQL, where it sees the disk. */
  async startPostgres(): Promise<void> {
    const program = join(this.postgres.directory, 'postgres-with-small-disk');
    const enter = `nsenter --target ${this.holder.pid} ${NAMESPACES.join(' ')}`;
    const script = `#!/bin/sh\nexec ${enter} unshare ${UNPRIVILEGED} '${this.postgres.program}' "$@"\n`;
    writeFileSync(program, script);
    chmodSync(program, 0o755);
    await this.postgres.start(program);
  }

  fill(): void {
    try {
      for (;;) writeFileSync(this.#filler, BLOCK, { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  clear(): void {
    rmSync(this.#filler);
  }

  /** To be called once PostgreSQL has ended. */
  remove(): void {
    this.holder.kill('SIGKILL');
  }

  get #filler(): string {
    return join(this.#seen, 'filler');
  }

  /** The disk as PostgreSQL sees it. */
  get #seen(): string {
    return join('/proc', String(this.holder.pid), 'root', this.directory);
  }
}
