import { join } from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { adviceOn, adviceOnNames } from '../../config/advice';
import { ConfigurationError, type Env } from '../../config/env';
import { examineCluster } from '../../database/citus/examine-cluster';
import type { DatabaseEndpoint } from '../../database/session/connection-settings';
import { diagnoseDatabase, diagnoseMigrations } from './database-diagnosis';
import {
  CLUSTER_LOG,
  checkCluster,
  findCluster,
  readCredentials,
} from '../../embedded-postgres/cluster/cluster';
import { joinEmbeddedPostgres } from '../../embedded-postgres/join-embedded-postgres';
import { findRunningServer } from '../../embedded-postgres/cluster/postmaster-file';
import { KNOWN_MIGRATIONS } from '../../database/schema/migration-history';
import { configuredEndpoint } from '../../embedded-postgres/provide-database';
import { EXIT_CODES } from '../../server/exit-codes';
import { explainStartFailure } from '../../server/start-failure';
import { type CommandContext, exampleOf } from '../command';
import { unhealthy } from '../command-error';
import { wholeNumber } from '../option-values';
import { type Check, describeChecks, fail, ok, warn } from './doctor-check';
import { clusterCheck } from './doctor-cluster';
import { databaseChecks, migrationsCheck } from './doctor-database';
import { identityChecks } from './doctor-identity';
import { diskCheck, memoryCheck, portChecks } from './doctor-machine';
import { replicaChecks } from './doctor-replicas';
import { sessionsCheck } from './doctor-sessions';
import { release } from '../commands/release';

export function defineDoctor(command: Command, { env, stdout }: CommandContext): void {
  command
    .description(
      'Changes nothing, and may run beside a server. It does not start an embedded database, so it checks less of one that does not run. Exit code 1 if a check fails; warnings do not count.',
    )
    .option(
      '--instances <n>',
      'number of servers that share the database, each with WORKERS as set here, for the check of sessions',
      wholeNumber(1, 10_000),
      1,
    )
    .option('--json', 'print {"ok", "checks": [{"name", "status", "detail", "remedies"}]}')
    .addHelpText('after', exampleOf('doctor'))
    .action(async ({ json, instances }) => {
      const checks = await examine(env, instances);
      const failed = checks.filter(({ status }) => status === 'fail').length;
      const report = { ok: failed === 0, checks };
      stdout.write(json === true ? `${JSON.stringify(report)}\n` : describeChecks(checks));
      if (failed > 0) throw unhealthy(`${failed} of ${checks.length} checks failed`);
    });
}

async function examine(readEnv: () => Promise<Env>, instances: number): Promise<readonly Check[]> {
  let env: Env;
  try {
    env = await readEnv();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // If anything is wrong, the intended database and port are unknown.
    return error.mistakes.map((mistake) => fail('configuration', mistake, 'see .env.example'));
  }
  return [
    ...configurationChecks(env),
    ...(await identityChecks(env)),
    ...(await examineDatabase(env, instances)),
    memoryCheck(env),
    diskCheck(env),
    ...(await portChecks(env)),
  ];
}

function configurationChecks(env: Env): readonly Check[] {
  const advice = [...adviceOnNames(), ...adviceOn(env)];
  return advice.length === 0
    ? [ok('configuration', `${env.nodeEnv}; callers are known by ${env.auth.mode}`)]
    : advice.map(({ what, remedy }) => warn('configuration', what, remedy));
}

async function examineDatabase(env: Env, instances: number): Promise<readonly Check[]> {
  try {
    const endpoint = configuredEndpoint(env) ?? (await joinEmbeddedPostgres(env.dataDir));
    return endpoint === undefined
      ? [examineFiles(env)]
      : await examineServer(endpoint, env, instances);
  } catch (error) {
    return [fail('database', ...explained(error))];
  }
}

async function examineServer(
  endpoint: DatabaseEndpoint,
  env: Env,
  instances: number,
): Promise<readonly Check[]> {
  const facts = await diagnoseDatabase(endpoint);
  return [
    ok('database', `answers: ${endpoint.description}`),
    ...databaseChecks(facts),
    sessionsCheck(facts, env, instances),
    ...(await examineSchema(endpoint, env)),
    ...(await replicaChecks(endpoint, env)),
  ];
}

async function examineSchema(endpoint: DatabaseEndpoint, env: Env): Promise<readonly Check[]> {
  const migrations = await examineMigrations(endpoint);
  const cluster = await examineClusterOf(endpoint, env);
  // One login looks at both: what refuses it is reported once.
  return [migrations, ...cluster.filter(({ detail }) => detail !== migrations.detail)];
}

async function examineClusterOf(endpoint: DatabaseEndpoint, env: Env): Promise<readonly Check[]> {
  try {
    const state = await examineCluster(endpoint);
    return state === undefined ? [] : [clusterCheck(state, env.database)];
  } catch (error) {
    return [fail('citus', ...explained(error))];
  }
}

async function examineMigrations(endpoint: DatabaseEndpoint): Promise<Check> {
  try {
    return migrationsCheck(await diagnoseMigrations(endpoint), KNOWN_MIGRATIONS);
  } catch (error) {
    return fail('migrations', ...explained(error));
  }
}

/** Of an embedded database whose server does not accept sessions. */
function examineFiles({ dataDir }: Env): Check {
  const cluster = findCluster(dataDir);
  if (cluster === undefined) {
    return ok('database', `none in ${dataDir} yet: the first start makes one`);
  }
  const { postgresql } = release();
  if (postgresql === null) {
    return fail('database', 'PostgreSQL is not installed for this platform', 'set DATABASE_URL');
  }
  checkCluster(cluster, postgresql);
  readCredentials(cluster);
  const running = findRunningServer(cluster.directory);
  if (running?.status === 'ready') {
    const found = `PostgreSQL is process ${running.pid} in ${cluster.directory}, and takes no session`;
    return fail('database', found, `see ${join(dataDir, CLUSTER_LOG)}, and restart the server`);
  }
  const state = running === undefined ? 'does not run' : `is ${running.status || 'starting'}`;
  const remedy = 'run doctor again beside a running server, to learn the rest';
  return warn(
    'database',
    `the files in ${cluster.directory} look whole; the server ${state}`,
    remedy,
  );
}

/** What is wrong, and after the last colon what to do, as in every message to operators. */
function explained(error: unknown): readonly [detail: string, ...remedies: string[]] {
  const { message, exitCode } = explainStartFailure(error);
  // Then it is a trace.
  if (exitCode === EXIT_CODES.failed) return [message, 'report this fault of the program'];
  const at = message.lastIndexOf(': ');
  return at < 0
    ? [message, 'see docs/operations.md']
    : [message.slice(0, at), message.slice(at + 2)];
}
