import { describe, expect, it } from '@jest/globals';
import { describeChecks, fail, ok, warn } from '../../../../src/cli/doctor/doctor-check';
import { databaseChecks, migrationsCheck } from '../../../../src/cli/doctor/doctor-database';
import { sessionsCheck } from '../../../../src/cli/doctor/doctor-sessions';
import { judgeDisk, judgeMemory } from '../../../../src/cli/doctor/doctor-machine';
import type { DatabaseFacts } from '../../../../src/cli/doctor/database-diagnosis';
import type { IsolationFacts } from '../../../../src/database/isolation/isolation-facts';
import {
  FUNCTIONS,
  type FunctionName,
  type KnownTable,
  isProtected,
  narrowingPolicies,
  ownPolicy,
  RIGHTS,
} from '../../../../src/database/isolation/isolation-plan';
import { testEnv } from '../../../support/app/test-env';
import type { TableFacts } from '../../../../src/database/isolation/table-facts';

const table = (name: KnownTable): TableFacts => ({
  name,
  sql: `public.${name}`,
  owned: false,
  owner: 'task_api_owner',
  isProtected: isProtected(name),
  rights: RIGHTS[name],
  grants: [],
  policies: isProtected(name)
    ? [
        {
          name: `own_${name}`,
          isRestrictive: false,
          command: 'all',
          using: ownPolicy(name),
          check: null,
        },
        ...narrowingPolicies(name, { schema: 'public', isDistributed: false }).map((policy) => ({
          ...policy,
          isRestrictive: true,
        })),
      ]
    : [],
  cascades: true,
  attachments: [],
});
const TABLES = Object.keys(RIGHTS) as KnownTable[];
const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

const ISOLATED: IsolationFacts = {
  login: 'app',
  user: 'task_api',
  powers: [],
  member: true,
  functions: NAMES.map((name) => ({
    name,
    isExecutable: true,
    body: FUNCTIONS[name].body,
    isPlain: true,
    settings: FUNCTIONS[name].hasPath ? ['search_path'] : [],
    isOfLater: false,
  })),
  memberships: [],
  reserved: [],
  parameters: [],
  administrator: 'postgres',
  settings: {
    TimeZone: 'UTC',
    DateStyle: 'ISO, MDY',
    statement_timeout: '5s',
    lock_timeout: '1s',
    search_path: 'public, pg_temp',
    default_transaction_isolation: 'read committed',
    row_security: 'on',
    session_replication_role: 'origin',
  },
  preset: [],
  defaults: [],
  schema: 'public',
  creates: [],
  tables: TABLES.map(table),
  detours: [],
  isDistributed: false,
};

const SOUND: DatabaseFacts = {
  version: '18.4',
  versionNumber: 180_004,
  isDirect: true,
  roundTripMs: 0.3,
  room: {
    login: 'app',
    database: 'tasks',
    maxConnections: 100,
    reserved: 3,
    others: 4,
    ofLogin: null,
    ofDatabase: null,
  },
  transport: { isLocal: false, tls: 'TLSv1.3', isVerified: true, isNameChecked: true },
  clock: { aheadMs: 3, toleranceMs: 5 },
  encoding: {
    database: 'tasks',
    owner: 'app_owner',
    encoding: 'UTF8',
    locale: 'C.UTF-8',
    foldsCase: true,
    options: `encoding 'UTF8' locale 'C.UTF-8'`,
  },
  isolation: ISOLATED,
};

/** With the default settings. */
const ENV = testEnv({ DATABASE_LANES: '', DATABASE_POOL: '' });

/** Status and detail of one check, with its first remedy. */
function found(name: string, facts: Partial<DatabaseFacts>): string {
  const check = databaseChecks({ ...SOUND, ...facts }).find((some) => some.name === name);
  return [check?.status, check?.detail, check?.remedies[0]].filter(Boolean).join(' | ');
}

describe('the doctor on a database', () => {
  it('finds nothing wrong with a sound one', () => {
    expect(databaseChecks(SOUND)).toEqual([
      ok('tls', 'TLSv1.3, certificate checked'),
      ok('version', 'PostgreSQL 18.4'),
      ok('encoding', 'UTF8, with the locale C.UTF-8'),
      ok('role', 'task_api, confined to its rights'),
      ok('row security', 'forced on users, tasks, feeds, trash, replies'),
      ok('clock', 'agrees with that of the database'),
    ]);
  });

  it.each([
    [
      'tls',
      {
        transport: { isLocal: false, tls: 'TLSv1.3', isVerified: true, isNameChecked: false },
      },
      /^ok .*not whether it is for this host \(verify-ca\)/,
    ],
    [
      'tls',
      { transport: { isLocal: true, tls: undefined, isVerified: false, isNameChecked: false } },
      /^ok \| not needed/,
    ],
    [
      'tls',
      { transport: { isLocal: true, tls: 'TLSv1.3', isVerified: true, isNameChecked: true } },
      /^ok \| TLSv1\.3, but not needed/,
    ],
    [
      'tls',
      { transport: { isLocal: false, tls: undefined, isVerified: false, isNameChecked: false } },
      /^warn .*verify-full/,
    ],
    [
      'tls',
      { transport: { isLocal: false, tls: 'TLSv1.3', isVerified: false, isNameChecked: false } },
      /^warn .*verify-full/,
    ],
    ['version', { version: '14.9', versionNumber: 140_009 }, /^fail \| PostgreSQL 14\.9 \| use/],
    ['version', { isDirect: false }, /^ok \| PostgreSQL 18\.4, through a pooler$/],
    ['role', { isolation: undefined }, /^warn \| there is no schema yet \| .*migrate/],
    [
      'role',
      { isolation: { ...ISOLATED, user: 'app', powers: ['SUPERUSER'] } },
      /^fail \| .* is a superuser \| create role/,
    ],
    [
      'role',
      { isolation: { ...ISOLATED, powers: ['BYPASSRLS'] } },
      /^fail \| .* has BYPASSRLS \| alter role task_api nobypassrls;/,
    ],
    [
      'role',
      { isolation: { ...ISOLATED, settings: { ...ISOLATED.settings, TimeZone: 'Asia/Tokyo' } } },
      /^fail \| .*not UTC \| alter role/,
    ],
    [
      'role',
      { isolation: { ...ISOLATED, settings: { ...ISOLATED.settings, DateStyle: 'German' } } },
      /^fail \| .*date style is German, not ISO \| alter role/,
    ],
    [
      'row security',
      { isolation: { ...ISOLATED, tables: [{ ...table('tasks'), isProtected: false }] } },
      /^fail \| row-level security of tasks .* \| alter table public.tasks enable/,
    ],
    [
      'encoding',
      { encoding: { ...SOUND.encoding, encoding: 'LATIN1' } },
      /^fail \| .* has the encoding LATIN1, .* \| create database "tasks_utf8" owner "app_owner" template template0 encoding 'UTF8' /,
    ],
    [
      'encoding',
      { encoding: { ...SOUND.encoding, locale: 'C', foldsCase: false } },
      /^warn \| .* has the locale C, in which äi is not the lower case of ÄI.* \| create database/,
    ],
    ['clock', { clock: { aheadMs: 1_500, toleranceMs: 600 } }, /^ok/],
    ['clock', { clock: { aheadMs: 1_500, toleranceMs: 100 } }, /^warn \| .* 1\.5 s ahead \| /],
    ['clock', { clock: { aheadMs: -301_000, toleranceMs: 9 } }, /^fail \| .* 301\.0 s behind \| /],
  ])('judges its %s: %j', (name, facts, expected) => {
    expect(found(name, facts)).toMatch(expected);
  });

  const ran = (...applied: readonly string[]) => ({
    applied,
    obstacles: [],
    indexRepairs: [],
  });

  it('says what keeps a pending migration from running', () => {
    const obstacles = [{ what: 'no room', remedies: ['make room;'] }];

    expect(migrationsCheck({ ...ran(), obstacles }, ['A'])).toEqual(
      fail('migrations', 'no room', 'make room;'),
    );
  });

  it('compares migrations in both directions', () => {
    expect(migrationsCheck(ran('A', 'B'), ['A', 'B'])).toEqual(ok('migrations', 'all 2 have run'));
    expect(migrationsCheck(ran('A'), ['A', 'B'])).toMatchObject({
      status: 'warn',
      detail: 'pending: B',
    });
    expect(migrationsCheck(ran('A', 'B'), ['A'])).toMatchObject({
      status: 'warn',
      detail: 'the schema is of a newer release: B',
    });
  });
});

describe('the doctor on sessions', () => {
  interface Fleet {
    readonly workers?: number;
    readonly instances?: number;
    readonly room?: Partial<DatabaseFacts['room']>;
  }
  const judged = (
    facts: Partial<Pick<DatabaseFacts, 'isDirect' | 'roundTripMs'>>,
    { workers = 1, instances = 1, room }: Fleet = {},
  ) =>
    sessionsCheck(
      { ...SOUND, ...facts, room: { ...SOUND.room, ...room } },
      { ...ENV, workers },
      instances,
    );
  const PROCESS = '3 lanes + 8 of DATABASE_POOL + 2 for streams';

  it.each<[Parameters<typeof judged>[0], Fleet, string, string]>([
    [{}, {}, 'ok', `at most 14 = ${PROCESS} + 1 that checks isolation; the database is 0.3 ms`],
    [{}, { workers: 7 }, 'ok', `at most 92 = 7 WORKERS × (${PROCESS}) + 1 that checks isolation;`],
    [{ roundTripMs: 50 }, { workers: 7 }, 'ok', `at most 92 = 7 WORKERS × (${PROCESS}) + 1`],
    [{}, { workers: 8 }, 'warn', 'at most 105 = 8 WORKERS'],
    [
      {},
      { workers: 2, instances: 4 },
      'warn',
      `at most 108 = 4 instances × (2 WORKERS × (${PROCESS}) + 1 that checks isolation); `,
    ],
    [{ isDirect: false, roundTripMs: 50 }, { workers: 8 }, 'ok', 'at most 337 = 8 WORKERS × (32'],
  ])('sums up those of %j with %j', (facts, fleet, status, detail) => {
    const check = judged(facts, fleet);

    expect(check.status).toBe(status);
    expect(check.detail).toContain(detail);
  });

  it.each<[Fleet, string, string[]]>([
    [
      { workers: 2, instances: 4 },
      'room for 93 (max_connections = 100, 3 of them reserved, 4 used by other logins)',
      [
        'set max_connections = 115 and restart PostgreSQL',
        'or set DATABASE_POOL=6, for fewer searches at a time',
      ],
    ],
    [
      { room: { ofLogin: 10 } },
      'room for 10 (connection limit of the role app)',
      [
        'alter role app connection limit 14;',
        'or set DATABASE_POOL=4, for fewer searches at a time',
      ],
    ],
    [
      { room: { ofLogin: 13, ofDatabase: 6 } },
      'room for 6 (connection limit of the database tasks)',
      ['alter database tasks connection limit 14;'],
    ],
  ])('names for %j the limit that is too low, and what to do', (fleet, why, remedies) => {
    const check = judged({}, fleet);

    expect(check.detail).toContain(why);
    expect(check.remedies).toEqual([
      ...remedies,
      'or use a pooler in transaction mode (docs/deploy.md)',
    ]);
  });
});

describe('the doctor on memory', () => {
  const MB = 2 ** 20;

  it.each([
    [512, 1, true, 'ok'],
    [460, 1, true, 'ok'], // of a machine with 512 MB, beside its kernel
    [400, 1, true, 'warn'],
    [250, 1, true, 'fail'],
    [384, 1, false, 'ok'],
    [250, 1, false, 'warn'],
    [1_024, 4, false, 'warn'],
    [2_048, 4, true, 'ok'],
  ])(
    'judges %d MB for %d processes, embedded: %s, as %s',
    (megabytes, processes, embedded, status) => {
      expect(judgeMemory(megabytes * MB, processes, embedded).status).toBe(status);
    },
  );

  it('says how much it takes, and how to do with less', () => {
    expect(judgeMemory(400 * MB, 2, true).remedies).toEqual([
      'give it 896 MB',
      'set fewer WORKERS',
      'move the database elsewhere (DATABASE_URL)',
    ]);
  });
});

describe('the doctor on a disk', () => {
  it.each([
    [5e9, 'ok'],
    [0.9e9, 'warn'],
    [0.05e9, 'fail'],
  ])('with %d bytes says %s', (bytes, status) => {
    expect(judgeDisk(bytes, '.data')).toMatchObject({ status });
  });
});

it('the report has a line for each check, and what to do below it', () => {
  const checks = [
    ok('disk', 'plenty'),
    warn('clock', 'is late', 'hurry'),
    fail('tls', 'none', 'a', 'b'),
  ];
  expect(describeChecks(checks)).toBe(
    `ok    disk   plenty
warn  clock  is late
             → hurry
fail  tls    none
             → a
             → b
`,
  );
});
