import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../../../src/database/session/client';
import { bareEnvironment } from './bare-environment';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../../src/database/session/connection-settings';
import {
  type EmbeddedPostgres,
  type PostgresExit,
  startEmbeddedPostgres,
} from '../../../src/embedded-postgres/embedded-postgres';
import { copyPreparedDataDir } from './prepared-data-dir';

/** What a holder (embedded-postgres-holder.ts) reports. */
export type HolderEvent =
  | { readonly event: 'SIGINT' | 'stopped' }
  | ({ readonly event: 'exited' } & PostgresExit)
  | ({ readonly event: 'failed' } & Failure)
  | ({ readonly event: 'started' } & Started);

export interface Failure {
  readonly name: string;
  readonly message: string;
}

export interface Started extends Pick<EmbeddedPostgres, 'outcome' | 'location'> {
  readonly endpoint: DatabaseEndpoint;
}

export interface HolderOptions {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A command, such as `nsenter …`, that runs the holder. */
  readonly wrapper?: readonly string[];
  /** A CommonJS file that the holder runs first. */
  readonly prelude?: string;
}

const SUPPORT = join(__dirname, '..');

/** A process that holds an embedded PostgreSQL: what the server is to it, without the server. */
export class Holder {
  readonly #child: ChildProcess;
  readonly #events: HolderEvent[] = [];
  readonly #exited: Promise<void>;
  #errors = '';
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(
    readonly dataDir: string,
    { parameters = { fsync: 'off' }, uid, env = {}, wrapper = [], prelude }: HolderOptions = {},
  ) {
    const command = [
      ...wrapper,
      process.execPath,
      ...['-r', join(SUPPORT, 'typescript-hook.cjs')],
      ...(prelude === undefined ? [] : ['-r', prelude]),
      join(__dirname, 'embedded-postgres-holder.ts'),
      JSON.stringify({ dataDir, parameters }),
    ];
    this.#child = spawn(command[0] ?? '', command.slice(1), {
      ...(uid !== undefined && { uid, gid: uid }),
      env: { ...bareEnvironment(), ...env },
      // A group of its own, as a shell gives to a job in a terminal.
      detached: true,
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('The holder has no output');
    createInterface(stdout).on('line', (line) => {
      this.#events.push(JSON.parse(line) as HolderEvent);
      this.#wake();
    });
    stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#exited = new Promise((resolve) => {
      this.#child.on('close', () => {
        this.#ended = true;
        this.#wake();
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async started(): Promise<Started> {
    const event = await this.#next();
    if (event.event === 'started') return event;
    throw new Error(`Not started: ${JSON.stringify(event)}`);
  }

  async failure(): Promise<Failure> {
    const event = await this.#next();
    if (event.event === 'failed') return event;
    throw new Error(`Did not fail: ${JSON.stringify(event)}`);
  }

  async event(name: HolderEvent['event']): Promise<HolderEvent> {
    for (;;) {
      const event = await this.#next();
      if (event.event === name) return event;
    }
  }

  /** `stop`: the orderly way. `exit`: `process.exit()` without it. */
  async tell(command: 'stop' | 'exit'): Promise<void> {
    this.#child.stdin?.write(`${command}\n`);
    await this.#exited;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async #next(): Promise<HolderEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      if (this.#ended) throw new Error(`The holder ended: ${this.#errors}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** Makes holders and data directories, and leaves neither behind. */
export class EmbeddedPostgresProcesses {
  readonly #holders: Holder[] = [];
  readonly #directories: string[] = [];
  #used: string | undefined;

  dataDir(): string {
    return join(this.directory(), '.data');
  }

  /** One that holds a database already, not running: the copy of one that is made once. */
  async usedDataDir(): Promise<string> {
    this.#used ??= await this.#makeUsed();
    const dataDir = this.dataDir();
    // Twice as fast as fs.cpSync for the thousand files of a cluster.
    execFileSync('cp', ['-Rp', this.#used, dataDir]);
    return dataDir;
  }

  async #makeUsed(): Promise<string> {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'embedded-postgres-used-')), '.data');
    copyPreparedDataDir(dataDir);
    const postgres = await startEmbeddedPostgres({ dataDir, parameters: { fsync: 'off' } });
    await query(
      postgres.endpoint.owner,
      `create table kept (word text); insert into kept values ('still here')`,
    );
    await postgres.stop();
    return dataDir;
  }

  directory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'embedded-postgres-test-'));
    this.#directories.push(directory);
    return directory;
  }

  hold(dataDir: string, options?: HolderOptions): Holder {
    const holder = new Holder(dataDir, options);
    this.#holders.push(holder);
    return holder;
  }

  async cleanUp(): Promise<void> {
    for (const holder of this.#holders.splice(0)) {
      await holder.kill();
      await removeServer(holder.dataDir);
    }
    for (const directory of this.#directories.splice(0)) {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    await this.cleanUp();
    if (this.#used !== undefined) rmSync(dirname(this.#used), { recursive: true });
  }
}

/** What a used data directory holds. */
export const KEPT = [{ word: 'still here' }];

export function readKept(owner: ConnectionSettings): Promise<object[]> {
  return query(owner, 'select word from kept');
}

export async function query<Row extends object>(
  settings: ConnectionSettings,
  sql: string,
): Promise<Row[]> {
  return withClient(settings, async (client) => (await client.query<Row>(sql)).rows);
}

/** Ends the server that a killed holder left, and removes the directory of its socket. */
async function removeServer(dataDir: string): Promise<void> {
  const [pid, , , , socketDirectory = ''] = postmasterFile(join(dataDir, 'postgres', 'cluster'));
  if (pid !== undefined && commandLine(Number(pid)).includes(dataDir)) {
    process.kill(Number(pid), 'SIGQUIT');
    await gone(Number(pid));
  }
  if (basename(socketDirectory).startsWith('task-api-')) {
    rmSync(socketDirectory, { recursive: true, force: true });
  }
}

export function postmasterPid(cluster: string): number | undefined {
  const [pid] = postmasterFile(cluster);
  return pid === undefined ? undefined : Number(pid);
}

/** Of a server that must be running. */
export function serverPid(location: string): number {
  const pid = postmasterPid(location);
  if (pid === undefined) throw new Error('PostgreSQL does not run');
  return pid;
}

function postmasterFile(cluster: string): string[] {
  const path = join(cluster, 'postmaster.pid');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
}

/** Empty for a process that has ended, reaped or not. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

export async function gone(pid: number): Promise<void> {
  await until(() => commandLine(pid) === '');
}

/** For states that no event announces. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Never came true: ${condition.toString()}`);
    await sleep(10);
  }
}
