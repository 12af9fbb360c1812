import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultPostgres } from './fault-postgres';

const ARGUMENTS = ['--user', '--map-root-user', '--mount'];
const BLOCK = Buffer.alloc(64 * 1024);

/** Linux, where anybody may have a mount namespace of their own. */
export const hasSmallDisks = spawnSync('unshare', [...ARGUMENTS, 'true']).status === 0;

/** A disk of 4 MB for the table of tasks alone, in a mount namespace that ends with PostgreSQL. */
export class SmallDisk {
  private constructor(
    private readonly postgres: FaultPostgres,
    private readonly directory: string,
  ) {}

  /** Restarts PostgreSQL with it. */
  static async attach(postgres: FaultPostgres): Promise<SmallDisk> {
    const directory = join(postgres.directory, 'small-disk');
    const program = join(postgres.directory, 'postgres-with-small-disk');
    mkdirSync(directory);
    writeFileSync(program, scriptOf(directory, postgres.program));
    chmodSync(program, 0o755);
    await postgres.stop('fast');
    await postgres.start(program);
    await postgres.query(`create tablespace small location '${directory}'`);
    await postgres.query('alter table tasks set tablespace small');
    return new SmallDisk(postgres, directory);
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

  /** As PostgreSQL sees it. */
  get #filler(): string {
    return join('/proc', String(this.postgres.pid), 'root', this.directory, 'filler');
  }
}

/** PostgreSQL refuses to be root, so it gets its own user back once the disk is mounted. */
function scriptOf(directory: string, postgres: string): string {
  return `#!/bin/sh
export DISK='${directory}' POSTGRES='${postgres}' USER_ID=$(id -u) GROUP_ID=$(id -g)
exec unshare ${ARGUMENTS.join(' ')} sh -c '
  mount -t tmpfs -o size=4m,mode=700 none "$DISK" &&
  exec unshare --user --map-user="$USER_ID" --map-group="$GROUP_ID" -- "$POSTGRES" "$@"' sh "$@"
`;
}
