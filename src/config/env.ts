import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { databaseUrlMistakes, databaseUrlParameters } from './database/database-url';
import { type DotenvMistakes, NO_MISTAKES } from './sources/dotenv-names';
import { EnvironmentVariables } from './environment-variables';
import { givenVariables, type Source } from './sources/given-variables';
import {
  type AuthEnv,
  chooseAuth,
  isForTrials,
  ISSUER_SECRETS,
  ISSUER_VARIABLES,
} from './issuers/issuers';
import { hostFault } from './http/listening-address';
import { replicaUrlsMistakes } from './database/replica-urls';
import type { TrustedProxies } from './http/trusted-proxies';

/** Every mistake in the configuration, one line each. */
export class ConfigurationError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(`The configuration is not valid:\n${mistakes.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

/** The validated configuration. Nothing else in the program reads `process.env`. */
export interface Env {
  readonly nodeEnv: 'development' | 'test' | 'production';
  readonly host: string;
  readonly port: number;
  /**
   * What stands before the paths of the API where clients are; absent: nothing, or what a trusted
   * proxy says.
   */
  readonly basePath?: string;
  readonly dataDir: string;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug';
  readonly auth: AuthEnv;
  readonly requireScopes: boolean;
  /** How far an issuer's clock may be from ours, in seconds. */
  readonly clockTolerance: number;
  /** Whose pages may call the API; other origins' scripts cannot read its answers. */
  readonly corsOrigins: readonly string[];
  readonly corsHeaders: readonly string[];
  /** Whose X-Forwarded-For names the client; absent: nobody's, the peer is the client. */
  readonly trustProxy?: TrustedProxies;
  /** Processes that serve requests; with more than one, another process leads them. */
  readonly workers: number;
  /** How often the isolation is checked again while requests come. */
  readonly isolationIntervalMs: number;
  /** Requests a minute of one user, and failed authentications of one address; 0: no limit. */
  readonly rateLimit: number;
  /** Tasks that one user may have; 0: no limit. */
  readonly maxTasksPerUser: number;
  /** How long a deleted task may be restored, in days; 0: not at all. */
  readonly trashDays: number;
  /** Where metrics are served; absent: nowhere. */
  readonly admin?: { readonly host: string; readonly port: number };
  readonly database: {
    /** Absent: the embedded PostgreSQL in `dataDir`. */
    readonly url?: string;
    readonly ownerUrl?: string;
    /** Of replicas, for reads that need not be newer than what the client knows. */
    readonly replicaUrls: readonly string[];
    readonly lanes: number;
    /** Whether there may be more of them where the database is far away. */
    readonly lanesFollowDistance: boolean;
    readonly pool: number;
    readonly prepare: boolean;
    /** How long the first requests wait for a database that has to wake. */
    readonly wakeMs: number;
    readonly scope: 'implicit' | 'transaction';
  };
}

const DEFAULT_LANES = 3;
const LEAST_POOL_WITHOUT_LANES = 4;
const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '::1', 'localhost'];
const LOOPBACK = '127.0.0.1';

/** Every variable that the API reads. */
export const KNOWN_VARIABLES: readonly string[] = [
  ...Object.keys(new EnvironmentVariables()),
  ...ISSUER_VARIABLES,
];
/** Variables whose value may instead be the content of the file that `NAME_FILE` names. */
export const SECRET_VARIABLES: readonly string[] = [
  'DATABASE_URL',
  'DATABASE_OWNER_URL',
  'DATABASE_REPLICA_URLS',
  ...ISSUER_SECRETS,
];

/**
 * Reads and validates an environment.
 * @param ofFile what is wrong already with the file that it comes from
 * @throws ConfigurationError naming every mistake at once; it never repeats a secret's value.
 */
export function parseEnv(source: Source, ofFile: DotenvMistakes = NO_MISTAKES): Env {
  const mistakes: string[] = [];
  const given = givenVariables(source, KNOWN_VARIABLES, SECRET_VARIABLES);
  mistakes.push(...given.mistakes, ...misnumbered(source));
  const variables = readVariables(given.values, mistakes);
  const auth = chooseAuth(given.values, variables.NODE_ENV, mistakes);
  const host = variables.HOST ?? (isForTrials(auth) ? LOOPBACK : '0.0.0.0');

  // An unreadable secret file is a mistake of its own, not a wish for no identity.
  const identityMissing =
    auth.mode === 'development-issuer' && !mistakes.some((line) => line.startsWith('AUTH_SECRET'));
  if (identityMissing && variables.NODE_ENV === 'production') {
    mistakes.push(
      'AUTH_ISSUER: production needs an identity: set AUTH_ISSUER and AUTH_AUDIENCE (OpenID provider), or AUTH_SECRET',
    );
  }
  if (identityMissing && !LOOPBACK_HOSTS.includes(host) && hostFault(host) === undefined) {
    mistakes.push(
      `HOST: the development issuer serves this machine only; unset HOST, or set AUTH_ISSUER and AUTH_AUDIENCE, or AUTH_SECRET`,
    );
  }
  checkDatabase(variables, source, mistakes);
  if (variables.CORS_HEADERS.length > 0 && !letsPagesIn(auth, variables)) {
    mistakes.push('CORS_HEADERS: needs CORS_ORIGINS beside it: no page may call the API');
  }
  if (variables.ADMIN_PORT === variables.PORT && variables.PORT !== 0) {
    mistakes.push('ADMIN_PORT: must not be PORT: metrics are served on a port of their own');
  }
  const others = mistakes.filter((line) => !ofFile.names.has(line.split(':', 1)[0] ?? ''));
  const all = [...ofFile.lines, ...others];
  if (all.length > 0) throw new ConfigurationError(all);

  return Object.freeze({
    nodeEnv: variables.NODE_ENV,
    host,
    port: variables.PORT,
    ...(variables.BASE_PATH !== undefined && { basePath: variables.BASE_PATH }),
    dataDir: variables.DATA_DIR,
    logLevel: variables.LOG_LEVEL,
    auth,
    requireScopes: variables.AUTH_REQUIRE_SCOPES,
    clockTolerance: variables.AUTH_CLOCK_TOLERANCE,
    corsOrigins: variables.CORS_ORIGINS,
    corsHeaders: variables.CORS_HEADERS,
    ...(variables.TRUST_PROXY !== undefined && { trustProxy: variables.TRUST_PROXY }),
    workers: variables.WORKERS,
    isolationIntervalMs: variables.ISOLATION_INTERVAL * 1_000,
    rateLimit: variables.RATE_LIMIT,
    maxTasksPerUser: variables.MAX_TASKS_PER_USER,
    trashDays: variables.TRASH_DAYS,
    ...(variables.ADMIN_PORT !== undefined && {
      admin: { host: variables.ADMIN_HOST, port: variables.ADMIN_PORT },
    }),
    database: {
      ...(variables.DATABASE_URL !== undefined && { url: variables.DATABASE_URL }),
      ...(variables.DATABASE_OWNER_URL !== undefined && { ownerUrl: variables.DATABASE_OWNER_URL }),
      replicaUrls: variables.DATABASE_REPLICA_URLS,
      lanes: variables.DATABASE_LANES ?? DEFAULT_LANES,
      lanesFollowDistance: variables.DATABASE_LANES === undefined,
      pool: variables.DATABASE_POOL,
      prepare: variables.DATABASE_PREPARE,
      wakeMs: variables.DATABASE_WAKE_TIMEOUT * 1_000,
      scope: variables.DATABASE_SCOPE,
    },
  });
}

/** The development issuer lets in the pages of this machine. */
function letsPagesIn({ mode }: AuthEnv, { CORS_ORIGINS: origins }: EnvironmentVariables): boolean {
  return mode === 'development-issuer' || origins.length > 0;
}

function readVariables(
  given: Readonly<Record<string, string>>,
  mistakes: string[],
): EnvironmentVariables {
  const own = Object.keys(new EnvironmentVariables());
  const values = Object.fromEntries(Object.entries(given).filter(([name]) => own.includes(name)));
  const variables = plainToInstance(EnvironmentVariables, values, { exposeDefaultValues: true });
  for (const { property, constraints } of validateSync(variables)) {
    mistakes.push(`${property}: ${Object.values(constraints ?? {})[0] ?? 'is not valid'}`);
  }
  return variables;
}

/**
 * Names of issuers that there are not: `AUTH_1_ISSUER`, `AUTH_12_ISSUER`, `AUTH_2_REQUIRE_SCOPES`.
 */
function misnumbered(source: Source): readonly string[] {
  return Object.keys(source)
    .filter((name) => /^AUTH_\d+_/.test(name) && (source[name] ?? '') !== '')
    .filter((name) => !KNOWN_VARIABLES.includes(name.replace(/_FILE$/, '')))
    .map(
      (name) =>
        `${name}: is not known; the first issuer has no number, the others have 2 to 9, and README.md lists what each may set`,
    );
}

/** pg reads these by itself, and only some of the sessions would obey them. */
const VARIABLES_OF_PG = ['PGOPTIONS', 'PGSSLMODE', 'PGSSLNEGOTIATION'] as const;

function checkDatabase(variables: EnvironmentVariables, source: Source, mistakes: string[]): void {
  for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL'] as const) {
    const url = variables[name];
    if (url !== undefined) {
      mistakes.push(...databaseUrlMistakes(url).map((mistake) => `${name}: ${mistake}`));
    }
  }
  mistakes.push(...replicaUrlsMistakes(variables.DATABASE_REPLICA_URLS, variables.DATABASE_URL));
  if (variables.DATABASE_LANES === 0 && variables.DATABASE_POOL < LEAST_POOL_WITHOUT_LANES) {
    mistakes.push(
      `DATABASE_POOL: must be ${LEAST_POOL_WITHOUT_LANES} or more without lanes (DATABASE_LANES=0): one connection is for probes, one for requests, one for searches, one for deletions`,
    );
  }
  const ownerUrl = variables.DATABASE_OWNER_URL ?? '';
  if (databaseUrlParameters(ownerUrl).has('application_name')) {
    mistakes.push(
      'DATABASE_OWNER_URL: application_name is for sessions that serve requests: set it in DATABASE_URL',
    );
  }
  const schema = databaseUrlParameters(variables.DATABASE_URL ?? '').get('schema');
  const ownerSchema = databaseUrlParameters(ownerUrl).get('schema');
  if (ownerSchema !== undefined && ownerSchema !== schema) {
    mistakes.push(
      'DATABASE_OWNER_URL: schema must be the one of DATABASE_URL, or be left out here',
    );
  }
  if (variables.DATABASE_URL !== undefined) {
    const given = VARIABLES_OF_PG.filter((name) => (source[name] ?? '') !== '');
    mistakes.push(
      ...given.map(
        (name) => `${name}: is not obeyed: unset it, and set the parameter in DATABASE_URL`,
      ),
    );
  } else if (variables.DATABASE_OWNER_URL !== undefined) {
    mistakes.push('DATABASE_OWNER_URL: needs DATABASE_URL beside it');
  }
}
