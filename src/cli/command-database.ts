import type { Env } from '../config/env';
import type { DatabaseEndpoint } from '../database/session/connection-settings';
import { findCluster } from '../embedded-postgres/cluster/cluster';
import { joinEmbeddedPostgres } from '../embedded-postgres/join-embedded-postgres';
import { type ProvidedDatabase, provideDatabase } from '../embedded-postgres/provide-database';
import { refusal } from './command-error';

type ReachedDatabase = Pick<ProvidedDatabase, 'endpoint' | 'release'>;

/**
 * Lends a command the configured database. The embedded one is shared with a running API; otherwise
 * it runs only while the command does.
 * @throws EmbeddedPostgresError one line for the operator
 */
export async function withDatabase<Result>(
  env: Env,
  use: (endpoint: DatabaseEndpoint) => Promise<Result>,
): Promise<Result> {
  const { endpoint, release } = await reachDatabase(env);
  try {
    return await use(endpoint);
  } finally {
    await release();
  }
}

/**
 * The same, but creates no database if there is none.
 * @throws CommandError
 */
export async function withExistingDatabase<Result>(
  env: Env,
  use: (endpoint: DatabaseEndpoint) => Promise<Result>,
): Promise<Result> {
  const { database, dataDir } = env;
  if (database.url === undefined && findCluster(dataDir) === undefined) {
    throw refusal(
      `There is no embedded database in ${dataDir}: set DATA_DIR to the one that is meant, or make one with: npm run cli -- migrate`,
    );
  }
  return withDatabase(env, use);
}

async function reachDatabase(env: Env): Promise<ReachedDatabase> {
  if (env.database.url !== undefined) return provideDatabase(env, remark);
  const running = await shareEmbeddedDatabase(env);
  if (running !== undefined) return running;
  try {
    return await provideDatabase(env, remark);
  } catch (error) {
    // If an API took it between the two calls, we are refused; then there is one to share.
    const startedMeanwhile = await shareEmbeddedDatabase(env);
    if (startedMeanwhile === undefined) throw error;
    return startedMeanwhile;
  }
}

function remark(what: string): void {
  process.stderr.write(`${what}\n`);
}

async function shareEmbeddedDatabase({ dataDir }: Env): Promise<ReachedDatabase | undefined> {
  const endpoint = await joinEmbeddedPostgres(dataDir);
  return endpoint === undefined ? undefined : { endpoint, release: () => Promise.resolve() };
}
