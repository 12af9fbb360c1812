import { describe, expect, it } from '@jest/globals';
import { adviceOn, adviceOnNames } from '../../../src/config/advice';
import { parseEnv } from '../../../src/config/env';

const AUTH_SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';
const DATABASE_URL = 'postgresql://app@db.example.com/tasks';

describe('a right configuration', () => {
  it('is advised upon where production keeps its tasks in the embedded database', () => {
    const env = parseEnv({ NODE_ENV: 'production', AUTH_SECRET, DATA_DIR: '/srv/tasks' });
    expect(adviceOn(env)).toEqual([
      {
        what: expect.stringContaining('the embedded PostgreSQL in /srv/tasks keeps the tasks'),
        remedy: expect.stringMatching(/^set DATABASE_URL, or back it up/),
      },
    ]);
  });

  it.each([{}, { AUTH_SECRET }, { NODE_ENV: 'production', AUTH_SECRET, DATABASE_URL }])(
    'is not elsewhere: %j',
    (source) => {
      expect(adviceOn(parseEnv(source))).toEqual([]);
    },
  );
});

/** Names that shells, operating systems, containers and CI services set, as far as they are near. */
const OF_OTHERS = `SHELL HOME PWD OLDPWD PATH TERM USER LOGNAME LANG EDITOR PAGER HOSTNAME HOSTTYPE MACHTYPE OSTYPE
  SHLVL TMPDIR SSH_TTY DISPLAY LOGDIR XPC_FLAGS COLORTERM DYNO PS1 VERSION KUBERNETES_PORT KUBERNETES_SERVICE_HOST
  TASK_API_PORT POSTGRES_PORT DB_HOST DB_PORT HTTP_HOST REDIS_HOST CI_NODE_TOTAL CI_SERVER_HOST CI_SERVER_PORT
  RUNNER_OS RUNNER_TEMP GITHUB_ENV GITHUB_PATH GITHUB_REF BUILD_ENV RAILS_ENV NODE_PATH NODE_ENVIRONMENT NODE_OPTIONS
  COST SORT SPORT GHOST MOST PATH_INFO BASH_ENV BASE_URL BASE_DIR DATA LOG_DIR LOG_FORMAT WORKER_ID WORKSPACE
  WEB_CONCURRENCY npm_config_loglevel npm_lifecycle_event PROCESSOR_LEVEL APPDATA PROGRAMDATA`;

describe('a variable that is not read', () => {
  it.each([
    ['PRT', 'PORT'],
    ['PROT', 'PORT'],
    ['PORTS', 'PORT'],
    ['port', 'PORT'],
    ['HSOT', 'HOST'],
    ['NODEENV', 'NODE_ENV'],
    ['NODE_ENW', 'NODE_ENV'],
    ['DATADIR', 'DATA_DIR'],
    ['WORKER', 'WORKERS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['Base_Path', 'BASE_PATH'],
  ])('is told where it has nearly the name of one that is: %s', (name, meant) => {
    expect(adviceOnNames({ [name]: '4000' })).toEqual([
      { what: `the variable ${name} is not read`, remedy: `set ${meant} if that is meant` },
    ]);
    expect(adviceOnNames({ [name]: '4000', [meant]: '1' })).toEqual([]);
    expect(adviceOnNames({ [name]: '' })).toEqual([]);
  });

  it.each(OF_OTHERS.split(/\s+/))('belongs to another program: %s', (name) => {
    expect(adviceOnNames({ [name]: 'x' })).toEqual([]);
  });
});

describe('an issuer', () => {
  const PROVIDER = { AUTH_ISSUER: 'https://id.example.com', AUTH_AUDIENCE: 'task-api' };
  const SECOND = { AUTH_2_ISSUER: 'https://two.example.com', AUTH_2_AUDIENCE: 'task-api' };
  const TENANTS = {
    AUTH_ISSUER: 'https://login.example.com/{tid}',
    AUTH_AUDIENCE: 'task-api',
    AUTH_JWKS_URL: 'https://login.example.com/keys',
  };

  it.each([
    [
      { ...PROVIDER, AUTH_JWKS_URL: 'https://id.example.com/keys', AUTH_SECRET },
      'AUTH_SECRET is accepted beside the keys of AUTH_JWKS_URL',
    ],
    [{ ...PROVIDER, AUTH_EMAIL_VERIFIED: 'always' }, 'AUTH_EMAIL_VERIFIED is always'],
    [
      { ...PROVIDER, ...SECOND, AUTH_2_EMAIL_VERIFIED: 'always' },
      'AUTH_2_EMAIL_VERIFIED is always',
    ],
    [TENANTS, 'AUTH_ISSUER admits the users of every tenant'],
  ])('is advised upon where it opens more than usual: %j', (source, what) => {
    expect(adviceOn(parseEnv(source))).toMatchObject([{ what: expect.stringContaining(what) }]);
  });

  it('is not where tenants are listed', () => {
    expect(adviceOn(parseEnv({ ...TENANTS, AUTH_TENANTS: 'contoso.com' }))).toEqual([]);
  });
});
