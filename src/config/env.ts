import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isConfidential } from './confidential-url';
import { ConfigurationError } from './configuration-error';
import { databaseUrlMistakes, databaseUrlParameters } from './database-url';
import { type DotenvMistakes, NO_MISTAKES } from './dotenv-names';
import { EnvironmentVariables, SECRET_VARIABLES } from './environment-variables';
import { givenVariables, type Source } from './given-variables';
import { hostFault } from './listening-address';
import type { TrustedProxies } from './trusted-proxies';

/** How callers prove who they are. */
export type AuthEnv =
  | { readonly mode: 'development-issuer' }
  | {
      readonly mode: 'shared-secret';
      readonly secret: string;
      readonly issuer?: string;
      readonly audience?: string;
    }
  | {
      readonly mode: 'openid-provider';
      readonly issuer: string;
      readonly audience: string;
      /** Absent: found through the issuer's OpenID discovery document. */
      readonly jwksUrl?: string;
    };

/** The validated configuration. Nothing else in the program reads `process.env`. */
export interface Env {
  readonly nodeEnv: 'development' | 'test' | 'production';
  readonly host: string;
  readonly port: number;
  /** What stands before the paths of the API where clients are; absent: nothing, or what a trusted proxy says. */
  readonly basePath?: string;
  readonly dataDir: string;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug';
  readonly auth: AuthEnv;
  readonly requireScopes: boolean;
  /** How far an issuer's clock may be from ours, in seconds. */
  readonly clockTolerance: number;
  /** Whose pages may call the API; other origins' scripts cannot read its answers. */
  readonly corsOrigins: readonly string[];
  /** Whose X-Forwarded-For names the client; absent: nobody's, the peer is the client. */
  readonly trustProxy?: TrustedProxies;
  /** Processes that serve requests; with more than one, another process leads them. */
  readonly workers: number;
  /** While requests come, so often the database is looked at again. */
  readonly isolationIntervalMs: number;
  /** Requests a minute of one user, and failed authentications of one address; 0: no limit. */
  readonly rateLimit: number;
  /** Tasks that one user may have; 0: no limit. */
  readonly maxTasksPerUser: number;
  /** Where metrics are served; absent: nowhere. */
  readonly admin?: { readonly host: string; readonly port: number };
  readonly database: {
    /** Absent: the embedded PostgreSQL in `dataDir`. */
    readonly url?: string;
    readonly ownerUrl?: string;
    readonly lanes: number;
    readonly pool: number;
    readonly prepare: boolean;
    readonly scope: 'implicit' | 'transaction';
  };
}

const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '::1', 'localhost'];
const MINIMUM_SECRET_BYTES = 32;
/** Secrets that stand in examples, tutorials and other products; anyone can sign with them. */
const PUBLISHED_SECRETS =
  /^(change[-_ ]?(me|this)|((my|super)[-_ ]?)?secret|a-string-secret|better-auth-secret|example|default|your[-_ ])/i;
const ONE_CHARACTER_REPEATED = /^(.)\1*$/s;

/** The names of all variables that are read, but for those of files. */
export const KNOWN_VARIABLES = Object.keys(new EnvironmentVariables());

/**
 * Reads and validates an environment.
 * @param ofFile what is wrong already with the file that it comes from
 * @throws ConfigurationError naming every mistake at once; it never repeats a secret's value.
 */
export function parseEnv(source: Source, ofFile: DotenvMistakes = NO_MISTAKES): Env {
  const mistakes: string[] = [];
  const variables = readVariables(source, mistakes);
  const auth = chooseAuth(variables, mistakes);
  const host = variables.HOST ?? (auth.mode === 'development-issuer' ? '127.0.0.1' : '0.0.0.0');

  // A secret whose file cannot be read is a mistake of its own, not the wish to have no identity.
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
    ...(variables.TRUST_PROXY !== undefined && { trustProxy: variables.TRUST_PROXY }),
    workers: variables.WORKERS,
    isolationIntervalMs: variables.ISOLATION_INTERVAL * 1_000,
    rateLimit: variables.RATE_LIMIT,
    maxTasksPerUser: variables.MAX_TASKS_PER_USER,
    ...(variables.ADMIN_PORT !== undefined && {
      admin: { host: variables.ADMIN_HOST, port: variables.ADMIN_PORT },
    }),
    database: {
      ...(variables.DATABASE_URL !== undefined && { url: variables.DATABASE_URL }),
      ...(variables.DATABASE_OWNER_URL !== undefined && { ownerUrl: variables.DATABASE_OWNER_URL }),
      lanes: variables.DATABASE_LANES,
      pool: variables.DATABASE_POOL,
      prepare: variables.DATABASE_PREPARE,
      scope: variables.DATABASE_SCOPE,
    },
  });
}

function readVariables(source: Source, mistakes: string[]): EnvironmentVariables {
  const given = givenVariables(source, KNOWN_VARIABLES, SECRET_VARIABLES);
  mistakes.push(...given.mistakes);
  const variables = plainToInstance(EnvironmentVariables, given.values, {
    exposeDefaultValues: true,
  });
  for (const { property, constraints } of validateSync(variables)) {
    mistakes.push(`${property}: ${Object.values(constraints ?? {})[0] ?? 'is not valid'}`);
  }
  return variables;
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

function chooseAuth(variables: EnvironmentVariables, mistakes: string[]): AuthEnv {
  const { AUTH_SECRET: secret, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = variables;
  const jwksUrl = variables.AUTH_JWKS_URL;

  if (secret !== undefined) {
    if (jwksUrl !== undefined) {
      mistakes.push('AUTH_SECRET: set either it or AUTH_JWKS_URL, not both');
    }
    checkSecret(secret, mistakes);
    return {
      mode: 'shared-secret',
      secret,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }
  if (issuer !== undefined || jwksUrl !== undefined || audience !== undefined) {
    if (issuer === undefined) mistakes.push('AUTH_ISSUER: is required with an OpenID provider');
    else if (jwksUrl === undefined) checkDiscoverable(issuer, mistakes);
    for (const [name, url] of Object.entries({ AUTH_ISSUER: issuer, AUTH_JWKS_URL: jwksUrl })) {
      if (hasCredentials(url)) mistakes.push(`${name}: must be without user and password`);
    }
    if (audience === undefined) mistakes.push('AUTH_AUDIENCE: is required with an OpenID provider');
    return {
      mode: 'openid-provider',
      issuer: issuer ?? '',
      audience: audience ?? '',
      ...(jwksUrl !== undefined && { jwksUrl }),
    };
  }
  return { mode: 'development-issuer' };
}

/** RFC 7518 §3.2: a key for HS256 has at least the 256 bits of its hash. */
function checkSecret(secret: string, mistakes: string[]): void {
  if (Buffer.byteLength(secret) < MINIMUM_SECRET_BYTES) {
    mistakes.push(
      `AUTH_SECRET: must have at least ${MINIMUM_SECRET_BYTES} bytes; make one with: openssl rand -base64 48`,
    );
  } else if (PUBLISHED_SECRETS.test(secret) || ONE_CHARACTER_REPEATED.test(secret)) {
    mistakes.push('AUTH_SECRET: is an example value; make one with: openssl rand -base64 48');
  }
}

/** They would appear in the banner and in messages, and fetch refuses such a URL. */
function hasCredentials(url = ''): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username + password !== '';
}

function checkDiscoverable(issuer: string, mistakes: string[]): void {
  if (!URL.canParse(issuer) || !isConfidential(new URL(issuer))) {
    mistakes.push(
      'AUTH_ISSUER: must be an https URL, whose discovery document names the keys; or set AUTH_JWKS_URL too',
    );
  }
}
