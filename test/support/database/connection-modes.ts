import { describe } from '@jest/globals';
import type { DatabaseEndpoint } from '../../../src/database/session/connection-settings';
import { Login } from './login';
import { PgBouncer } from './pg-bouncer';
import { describeWith } from '../requirements';
import { WireProxy } from '../wire/wire-proxy';
import { publishedWorkers } from './test-cluster';
import { TestDatabase } from './test-database';

/** How the API reaches its database; isolation must be the same in each mode. */
export interface ConnectionMode {
  readonly name: string;
  /** Configuration of the API that belongs to it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly pooled: boolean;
  /** How far away the database is, each way. */
  readonly latencyMs?: number;
}

const IMPLICIT = { DATABASE_SCOPE: 'implicit' };
const TRANSACTION = { DATABASE_SCOPE: 'transaction' };

/** Citus hands the scope of an explicit transaction on to its workers, and no other. */
const worksHere = ({ variables }: ConnectionMode): boolean =>
  publishedWorkers().length === 0 || variables['DATABASE_SCOPE'] !== 'implicit';

export const CONNECTION_MODES: readonly ConnectionMode[] = [
  { name: 'implicit transactions', variables: IMPLICIT, pooled: false },
  { name: 'explicit transactions', variables: TRANSACTION, pooled: false },
  { name: 'implicit transactions through PgBouncer', variables: IMPLICIT, pooled: true },
  { name: 'explicit transactions through PgBouncer', variables: TRANSACTION, pooled: true },
  { name: 'no lanes', variables: { DATABASE_LANES: '0' }, pooled: false },
].filter(worksHere);

/** Batches follow each other there without waiting. */
export const FAR_MODES: readonly ConnectionMode[] = [
  { name: 'its database far away', variables: IMPLICIT, pooled: false, latencyMs: 5 },
  {
    name: 'its database far away behind PgBouncer',
    variables: IMPLICIT,
    pooled: true,
    latencyMs: 5,
  },
].filter(worksHere);

/** Declares the same tests for every mode; those that need a PgBouncer are skipped without one. */
export function describeOnEveryMode(
  subject: string,
  tests: (mode: ConnectionMode) => void,
  modes = CONNECTION_MODES,
): void {
  for (const mode of modes) {
    const title = `${subject}, with ${mode.name}`;
    const declareTests = (): void => {
      tests(mode);
    };
    if (mode.pooled) describeWith('pgBouncer', title, declareTests);
    else describe(title, declareTests);
  }
}

/** A database of one test file's own, and the endpoint at which the API finds it. */
export class ReachedDatabase {
  private constructor(
    readonly database: TestDatabase,
    readonly endpoint: DatabaseEndpoint,
    private readonly pooler: { readonly bouncer: PgBouncer; readonly login: Login } | undefined,
    private readonly distance: WireProxy | undefined,
  ) {}

  static async reach({
    pooled,
    latencyMs,
  }: Pick<ConnectionMode, 'pooled' | 'latencyMs'>): Promise<ReachedDatabase> {
    const { database, endpoint, pooler } = await ReachedDatabase.#near(pooled);
    if (latencyMs === undefined) return new ReachedDatabase(database, endpoint, pooler, undefined);
    const distance = await WireProxy.start(endpoint.api);
    distance.latencyMs = latencyMs;
    return new ReachedDatabase(database, distance.before(endpoint), pooler, distance);
  }

  static async #near(pooled: boolean) {
    const database = await TestDatabase.create();
    if (!pooled) return { database, endpoint: database.endpoint, pooler: undefined };
    // PgBouncer refuses startup options, so the login brings the settings along.
    const login = await Login.create('in role task_api');
    await login.configure();
    const bouncer = await PgBouncer.start(login.at(database.endpoint.api));
    const endpoint = { ...database.endpoint, api: bouncer.settings };
    return { database, endpoint, pooler: { bouncer, login } };
  }

  async close(): Promise<void> {
    await this.distance?.stop();
    await this.pooler?.bouncer.stop();
    await this.database.drop();
    await this.pooler?.login.drop();
  }
}
