import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import {
  ConfigurationError,
  type Env,
  KNOWN_VARIABLES,
  parseEnv,
  SECRET_VARIABLES,
} from '../../../src/config/env';
import { type IssuerEnv, PLAIN_ISSUER } from '../../../src/config/issuers/issuers';
import { mistakesIn } from '../../support/app/mistakes';

const STRONG_SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';
const PROVIDER = { AUTH_ISSUER: 'https://id.example.com', AUTH_AUDIENCE: 'task-api' };

/** The issuer of PROVIDER, with what is given. */
const issuer = (given: Partial<IssuerEnv> = {}): IssuerEnv => ({
  ...PLAIN_ISSUER,
  issuer: PROVIDER.AUTH_ISSUER,
  audiences: ['task-api'],
  publishedKeys: {},
  ...given,
});

describe('configuration', () => {
  it('needs no variable at all', () => {
    expect(parseEnv({})).toEqual({
      nodeEnv: 'development',
      host: '127.0.0.1',
      port: 3000,
      dataDir: '.data',
      logLevel: 'info',
      auth: { mode: 'development-issuer' },
      requireScopes: false,
      clockTolerance: 60,
      corsOrigins: [],
      corsHeaders: [],
      workers: 1,
      isolationIntervalMs: 60_000,
      rateLimit: 600,
      maxTasksPerUser: 100_000,
      trashDays: 30,
      database: {
        replicaUrls: [],
        lanes: 3,
        lanesFollowDistance: true,
        pool: 8,
        prepare: true,
        wakeMs: 5_000,
        scope: 'implicit',
      },
    } satisfies Env);
  });

  it('reads every variable', () => {
    const env = parseEnv({
      PORT: '0',
      HOST: '::',
      NODE_ENV: 'production',
      DATABASE_URL: 'postgresql://api@db/tasks',
      DATABASE_OWNER_URL: 'postgres://owner@db/tasks',
      DATABASE_REPLICA_URLS: 'postgresql://api@replica/tasks',
      DATA_DIR: '/var/lib/task-api',
      DATABASE_LANES: '4',
      DATABASE_POOL: '16',
      DATABASE_PREPARE: 'off',
      DATABASE_SCOPE: 'transaction',
      ...PROVIDER,
      AUTH_JWKS_URL: 'http://keycloak:8080/keys',
      AUTH_REQUIRE_SCOPES: 'on',
      AUTH_CLOCK_TOLERANCE: '0',
      BASE_PATH: '/apps/tasks-api',
      CORS_ORIGINS: 'https://app.example.com, http://localhost:5173',
      CORS_HEADERS: 'X-Tenant',
      TRUST_PROXY: 'loopback, 10.0.0.0/8',
      WORKERS: '4',
      ISOLATION_INTERVAL: '5',
      RATE_LIMIT: '0',
      MAX_TASKS_PER_USER: '0',
      TRASH_DAYS: '0',
      ADMIN_PORT: '9464',
      ADMIN_HOST: '0.0.0.0',
      LOG_LEVEL: 'debug',
    });

    expect(env).toEqual({
      nodeEnv: 'production',
      host: '::',
      port: 0,
      basePath: '/apps/tasks-api',
      dataDir: '/var/lib/task-api',
      logLevel: 'debug',
      auth: {
        mode: 'openid-provider',
        issuers: [issuer({ publishedKeys: { url: 'http://keycloak:8080/keys' } })],
      },
      requireScopes: true,
      clockTolerance: 0,
      corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
      corsHeaders: ['X-Tenant'],
      trustProxy: ['loopback', '10.0.0.0/8'],
      workers: 4,
      isolationIntervalMs: 5_000,
      rateLimit: 0,
      maxTasksPerUser: 0,
      trashDays: 0,
      admin: { host: '0.0.0.0', port: 9464 },
      database: {
        url: 'postgresql://api@db/tasks',
        ownerUrl: 'postgres://owner@db/tasks',
        replicaUrls: ['postgresql://api@replica/tasks'],
        lanes: 4,
        lanesFollowDistance: false,
        pool: 16,
        prepare: false,
        wakeMs: 5_000,
        scope: 'transaction',
      },
    } satisfies Env);
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(KNOWN_VARIABLES.map((name) => [name, '']));
    const emptyFiles = Object.fromEntries(SECRET_VARIABLES.map((name) => [`${name}_FILE`, '']));
    expect(parseEnv({ ...empty, ...emptyFiles })).toEqual(parseEnv({}));
  });

  it('cannot be changed afterwards', () => {
    expect(() => Object.assign(parseEnv({}), { port: 1 })).toThrow(TypeError);
  });

  it('reports every mistake at once, one line each', () => {
    const source = {
      PORT: '70000',
      NODE_ENV: 'staging',
      DATABASE_URL: 'mysql://db/tasks',
      DATABASE_OWNER_URL: 'db',
      DATABASE_LANES: '-1',
      DATABASE_POOL: '1e3',
      DATABASE_PREPARE: 'yes',
      DATABASE_SCOPE: 'session',
      AUTH_SECRET: 'short',
      AUTH_JWKS_URL: 'keys',
      AUTH_REQUIRE_SCOPES: 'true',
      AUTH_CLOCK_TOLERANCE: '-5',
      BASE_PATH: 'tasks-api',
      CORS_ORIGINS: '*',
      TRUST_PROXY: 'true',
      WORKERS: 'auto',
      ISOLATION_INTERVAL: '0',
      RATE_LIMIT: '-1',
      ADMIN_PORT: 'none',
      LOG_LEVEL: 'loud',
    };

    const mistakes = mistakesIn(source);

    expect(mistakes.map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining(Object.keys(source)),
    );
    expect(mistakes.every((line) => !line.includes('\n'))).toBe(true);
    expect(new ConfigurationError(mistakes).message.split('\n')).toHaveLength(mistakes.length + 1);
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', '0x10'],
    ['PORT', ' 3000'],
    ['DATABASE_LANES', '65'],
    ['DATABASE_POOL', '257'],
    ['DATABASE_WAKE_TIMEOUT', '61'],
    ['DATABASE_WAKE_TIMEOUT', '5s'],
    ['DATABASE_PREPARE', 'ON'],
    ['DATABASE_URL', 'postgresql://'],
    ['DATABASE_URL', 'postgresql://user:pass/word@db/tasks'],
    ['DATABASE_URL', 'postgresql://user:password@db:port/tasks'],
    ['AUTH_JWKS_URL', 'ftp://id.example.com/keys'],
    ['AUTH_CLOCK_TOLERANCE', '601'],
    ['AUTH_CLOCK_TOLERANCE', '60s'],
    // Everybody would be believed.
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '0'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.0/8/8'],
    ['TRUST_PROXY', 'loopback,'],
    ['TRUST_PROXY', 'proxy.example.com'],
    ['WORKERS', '0'],
    ['WORKERS', '65'],
    ['WORKERS', '1.5'],
    ['RATE_LIMIT', '100000001'],
    ['MAX_TASKS_PER_USER', '100000001'],
    ['MAX_TASKS_PER_USER', '-1'],
    ['TRASH_DAYS', '3651'],
    ['TRASH_DAYS', '-1'],
    ['TRASH_DAYS', '30d'],
    ['ADMIN_PORT', '65536'],
  ])('refuses %s=%j', (name, value) => {
    expect(mistakesIn({ ...PROVIDER, [name]: value })).toEqual([
      expect.stringMatching(`^${name}: must be`),
    ]);
  });

  it.each([
    ['1', 1],
    ['loopback', ['loopback']],
    ['127.0.0.1, fd00::/8 ,uniquelocal', ['127.0.0.1', 'fd00::/8', 'uniquelocal']],
  ])('takes TRUST_PROXY=%s as Express does', (value, trusted) => {
    expect(parseEnv({ TRUST_PROXY: value }).trustProxy).toEqual(trusted);
    expect(() => express().set('trust proxy', trusted)).not.toThrow();
  });

  it.each([
    'postgres://user@db/tasks?sslmode=verify-full',
    'postgresql://user:p%40ss@[::1]:5432/tasks',
    'postgresql://user:password@/tasks?host=/var/run/postgresql',
    'postgresql://user:password@%2Fvar%2Frun%2Fpostgresql/tasks',
  ])('takes DATABASE_URL=%s', (url) => {
    expect(parseEnv({ DATABASE_URL: url }).database.url).toBe(url);
  });

  it('reports each mistake in each URL of a database, one line each', () => {
    const mistakes = mistakesIn({
      DATABASE_URL: 'postgresql://api@db/tasks?options=x&sslmode=requier',
      DATABASE_OWNER_URL: 'postgresql://owner:hunter#2@db/tasks?application_name=x',
    });
    expect(mistakes).toEqual([
      expect.stringMatching('^DATABASE_URL: options is a parameter that the API does not obey'),
      expect.stringMatching('^DATABASE_URL: sslmode must be one of'),
      expect.stringMatching('^DATABASE_OWNER_URL: must be a URL in which user and password'),
      expect.stringMatching('^DATABASE_OWNER_URL: application_name is for sessions that serve'),
    ]);
  });

  it.each(['PGOPTIONS', 'PGSSLMODE', 'PGSSLNEGOTIATION'])(
    'refuses %s beside DATABASE_URL, which pg would obey in some sessions only',
    (name) => {
      const DATABASE_URL = 'postgresql://api@db/tasks';
      expect(mistakesIn({ DATABASE_URL, [name]: 'x' })).toEqual([
        `${name}: is not obeyed: unset it, and set the parameter in DATABASE_URL`,
      ]);
      expect(mistakesIn({ DATABASE_URL, [name]: '' })).toEqual([]);
    },
  );

  it.each(['AUTH_ISSUER', 'AUTH_JWKS_URL'])('refuses a password in %s', (name) => {
    const mistakes = mistakesIn({ ...PROVIDER, [name]: 'https://api:hunter2@id.example.com/keys' });
    expect(mistakes).toEqual([`${name}: must be without user and password`]);
  });

  it('needs DATABASE_URL beside DATABASE_OWNER_URL', () => {
    expect(mistakesIn({ DATABASE_OWNER_URL: 'postgresql://owner@db/tasks' })).toEqual([
      'DATABASE_OWNER_URL: needs DATABASE_URL beside it',
    ]);
  });

  it('has connections for everything without lanes, or does not start', () => {
    expect(mistakesIn({ DATABASE_LANES: '0', DATABASE_POOL: '3' })).toEqual([
      expect.stringMatching(/^DATABASE_POOL: must be 4 or more without lanes/),
    ]);
    expect(mistakesIn({ DATABASE_LANES: '0', DATABASE_POOL: '4' })).toEqual([]);
  });

  it('needs a port for the metrics that is not PORT', () => {
    expect(mistakesIn({ ADMIN_PORT: '3000' })).toEqual([
      'ADMIN_PORT: must not be PORT: metrics are served on a port of their own',
    ]);
    expect(mistakesIn({ PORT: '0', ADMIN_PORT: '0' })).toEqual([]);
  });

  it('never repeats a value, which may be a secret', () => {
    const names = KNOWN_VARIABLES;
    const source = Object.fromEntries(names.map((name) => [name, 'hunter2 hunter2']));
    const files = Object.fromEntries(SECRET_VARIABLES.map((name) => [`${name}_FILE`, '/hunter2']));

    const mistakes = mistakesIn({ ...source, ...files });

    expect(mistakes.length).toBeGreaterThan(names.length / 2);
    expect(new ConfigurationError(mistakes).message).not.toContain('hunter2');
  });
});

/** What else is set where this secret is. */
function besideOf(name: string): Readonly<Record<string, string>> {
  if (/^DATABASE_(OWNER|REPLICA)_URL/.test(name)) return { DATABASE_URL: 'postgresql://api@db/t' };
  const number = /^AUTH_(\d)/.exec(name)?.[1];
  return number === undefined ? {} : { ...PROVIDER, [`AUTH_${number}_ISSUER`]: 'urn:other' };
}

describe('secrets in files', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'env-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function fileWith(content: string): string {
    const path = join(directory, 'secret');
    writeFileSync(path, content);
    return path;
  }

  it.each(SECRET_VARIABLES)('%s may come from a file, without the final newline', (name) => {
    const beside = besideOf(name);
    const value = name.endsWith('SECRET') ? STRONG_SECRET : 'postgresql://user:pw@db/tasks';

    const env = parseEnv({ ...beside, [`${name}_FILE`]: fileWith(`${value}\n`) });

    expect(env).toEqual(parseEnv({ ...beside, [name]: value }));
  });

  it('may not be given beside their file', () => {
    const source = { AUTH_SECRET: STRONG_SECRET, AUTH_SECRET_FILE: fileWith(STRONG_SECRET) };
    expect(mistakesIn(source)).toEqual([
      'AUTH_SECRET_FILE: set either it or AUTH_SECRET, not both',
    ]);
  });

  it('are reported when their file cannot be read, and nothing stands in for them', () => {
    const source = { NODE_ENV: 'production', AUTH_SECRET_FILE: join(directory, 'missing') };
    expect(mistakesIn(source)).toEqual(['AUTH_SECRET_FILE: cannot read the file that it names']);
  });

  it('are reported when their file is empty', () => {
    expect(mistakesIn({ AUTH_SECRET_FILE: fileWith('\n') })).toEqual([
      expect.stringMatching('^AUTH_SECRET: must have at least 32 bytes'),
    ]);
  });
});

describe('identity', () => {
  it('comes from a shared secret, with issuer and audience if they are given', () => {
    const { issuer: _, ...anyIssuer } = issuer({ secret: STRONG_SECRET });
    const { publishedKeys: __, ...secretAlone } = anyIssuer;
    expect(parseEnv({ AUTH_SECRET: STRONG_SECRET }).auth).toEqual({
      mode: 'shared-secret',
      issuers: [{ ...secretAlone, audiences: [] }],
    });
    const named = parseEnv({ AUTH_SECRET: STRONG_SECRET, AUTH_ISSUER: 'me', AUTH_AUDIENCE: 'you' });
    expect(named.auth).toEqual({
      mode: 'shared-secret',
      issuers: [{ ...secretAlone, issuer: 'me', audiences: ['you'] }],
    });
  });

  it('comes from an OpenID provider, on every interface', () => {
    const env = parseEnv(PROVIDER);
    expect(env.auth).toEqual({ mode: 'openid-provider', issuers: [issuer()] });
    expect(env.host).toBe('0.0.0.0');
  });

  it('must be configured in production', () => {
    expect(mistakesIn({ NODE_ENV: 'production' })).toEqual([
      expect.stringMatching('^AUTH_ISSUER: production needs an identity'),
    ]);
    expect(mistakesIn({ NODE_ENV: 'production', AUTH_REQUIRE_SCOPES: 'maybe' })).toHaveLength(2);
    expect(mistakesIn({ NODE_ENV: 'production', ...PROVIDER })).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '192.168.1.7', 'tasks.example.com'])(
    'must be configured to listen on %s',
    (host) => {
      expect(mistakesIn({ HOST: host })).toEqual([
        expect.stringMatching('^HOST: the development issuer serves this machine only'),
      ]);
      expect(mistakesIn({ HOST: host, AUTH_SECRET: STRONG_SECRET })).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '::1', 'localhost'])('may be missing on %s', (host) => {
    expect(parseEnv({ HOST: host }).auth).toEqual({ mode: 'development-issuer' });
  });
});
