import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../app/eventually';

const ROOT = '/sys/fs/cgroup';
/** Version 1 has a hierarchy for each resource, version 2 one for all. */
const V1 = join(ROOT, 'memory');
const IS_V2 = existsSync(join(ROOT, 'cgroup.controllers'));
const MB = 2 ** 20;

/** A cgroup whose processes may together use so much memory, and no more. Needs root on Linux. */
export class MemoryCgroup {
  static #made = 0;

  private constructor(private readonly directory: string) {}

  /** Whether this machine lets us make one. */
  static isAtHand(): boolean {
    try {
      const cgroup = MemoryCgroup.create(64);
      rmdirSync(cgroup.directory);
      return true;
    } catch {
      return false;
    }
  }

  static create(megabytes: number): MemoryCgroup {
    if (IS_V2) writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+memory');
    const name = `task-api-test-${process.pid}-${(MemoryCgroup.#made += 1)}`;
    const cgroup = new MemoryCgroup(join(IS_V2 ? ROOT : V1, name));
    mkdirSync(cgroup.directory);
    const limit = join(cgroup.directory, IS_V2 ? 'memory.max' : 'memory.limit_in_bytes');
    writeFileSync(limit, String(megabytes * MB));
    return cgroup;
  }

  /** A command that runs another one inside. */
  get wrapper(): readonly string[] {
    return ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', this.directory];
  }

  /** What only the end of a process or of PostgreSQL gives back, in MB: no page of a file. */
  get unreclaimable(): number {
    const stat = this.#read('memory.stat');
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
    const anonymous = IS_V2 ? bytes('anon') : bytes('total_rss');
    return (anonymous + bytes(IS_V2 ? 'shmem' : 'total_shmem')) / MB;
  }

  /** How many processes the kernel has killed because there was no memory left. */
  get kills(): number {
    const events = this.#read(IS_V2 ? 'memory.events' : 'memory.oom_control');
    const kills = /^oom_kill (\d+)$/m.exec(events)?.[1];
    if (kills === undefined) throw new Error(`No count of kills in ${events}`);
    return Number(kills);
  }

  async remove(): Promise<void> {
    await eventually(() => this.#read('cgroup.procs') === '');
    rmdirSync(this.directory);
  }

  #read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8');
  }
}
