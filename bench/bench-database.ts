import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { withClient } from '../src/database/session/client';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../src/database/session/connection-settings';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../src/embedded-postgres/embedded-postgres';
import { migrate } from '../src/database/schema/migrate';
import { urlOf } from '../test/support/database/connection-url';
import type { Dataset } from './dataset';

/** What the contestants of a comparison work on, one after the other. */
const WORKING = 'bench';

/**
 * A PostgreSQL of the benchmark's own, with the product's settings: full durability, a Unix socket.
 */
export class BenchDatabase {
  private constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly maintenance: Client,
    readonly pid: number,
    readonly version: string,
  ) {}

  static async start(dataDir: string): Promise<BenchDatabase> {
    const postgres = await startEmbeddedPostgres({ dataDir });
    const maintenance = new Client(postgres.endpointFor('postgres').owner);
    await maintenance.connect();
    const { rows } = await maintenance.query<{ server_version: string }>('show server_version');
    const pidFile = readFileSync(join(postgres.location, 'postmaster.pid'), 'utf8');
    const version = rows[0]?.server_version ?? '';
    return new BenchDatabase(postgres, maintenance, Number.parseInt(pidFile, 10), version);
  }

  /**
   * Makes a database, migrates it as the product does, and fills its tables.
   * @param checkout where another commit of the product is, whose migrations run instead
   */
  async seed(name: string, dataset: Dataset, checkout?: string): Promise<void> {
    await this.maintenance.query(`create database ${escapeIdentifier(name)}`);
    const { owner } = this.postgres.endpointFor(name);
    if (checkout === undefined) await migrate(owner);
    else migrateAs(checkout, owner);
    await withClient(owner, (client) => dataset.seed(client));
  }

  /** A fresh clone of that database, in the place of the one before. */
  async clone(name: string): Promise<WorkingCopy> {
    await this.maintenance.query(`drop database if exists ${WORKING} with (force)`);
    await this.maintenance.query(
      `create database ${WORKING} template ${escapeIdentifier(name)} strategy file_copy`,
    );
    return this.open(WORKING);
  }

  /** That database itself. */
  open(name: string): Promise<WorkingCopy> {
    return WorkingCopy.open(this.postgres.endpointFor(name));
  }

  async stop(): Promise<void> {
    await this.maintenance.end();
    await this.postgres.stop();
    // Where another user has to run PostgreSQL, its data are outside the data directory.
    rmSync(dirname(this.postgres.location), { recursive: true, force: true });
  }
}

/** The database that one contestant works on, and the session that prepares it. */
export class WorkingCopy {
  #spareTasks = 0;

  private constructor(
    readonly endpoint: DatabaseEndpoint,
    readonly owner: Client,
  ) {}

  static async open(endpoint: DatabaseEndpoint): Promise<WorkingCopy> {
    const owner = new Client(endpoint.owner);
    // The next clone ends this session.
    owner.on('error', () => undefined);
    await owner.connect();
    return new WorkingCopy(endpoint, owner);
  }

  /** @returns the number of the first one */
  async addSpareTasks(dataset: Dataset, count: number): Promise<number> {
    const first = this.#spareTasks;
    await dataset.addSpareTasks(this.owner, first, count);
    this.#spareTasks += count;
    return first;
  }

  /** Nothing of what came before is still to be written when the measurement starts. */
  async settle(): Promise<void> {
    await this.owner.query('checkpoint');
  }

  async close(): Promise<void> {
    await this.owner.end();
  }
}

function migrateAs(checkout: string, owner: ConnectionSettings): void {
  const program = join(checkout, 'bin', 'task-api-cli.mjs');
  const env = { PATH: process.env['PATH'], DATABASE_URL: urlOf(owner) };
  // Away from both projects, where a .env could stand.
  execFileSync(process.execPath, [program, 'migrate'], { cwd: tmpdir(), env });
}
