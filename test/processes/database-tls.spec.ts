import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { databaseUrlMistakes } from '../../src/config/database/database-url';
import { ChannelNotBoundError } from '../../src/database/session/channel-bound-client';
import { connectionSettings } from '../../src/database/session/connection-settings';
import { newClient } from '../../src/database/session/client';
import { problemOfDatabaseError } from '../../src/error-handling/problem-of';
import { migrate } from '../../src/database/schema/migrate';
import { migratorOptions } from '../../src/database/schema/data-source-options';
import { explainStartFailure } from '../../src/server/start-failure';
import { TlsPostgres } from '../support/database/tls-postgres';
import { ServerHome } from '../support/processes/built-server';
import { buildOnce, runCli } from '../support/processes/command-line';
import { makeCertificate } from '../support/wire/certificate';

const HOSTS = ['localhost', '127.0.0.1'];
const PAST = { from: new Date('2020-01-01'), until: new Date('2020-02-01') };
const FUTURE = { from: new Date('2120-01-01'), until: new Date('2120-02-01') };
const SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';

const issuer = makeCertificate('Authority of the tests');
const good = makeCertificate('good', { issuer, hosts: HOSTS });
const client = makeCertificate('client', { issuer, hosts: ['client'] });

let postgres: TlsPostgres;
let authority: string;
let home: ServerHome;

beforeAll(async () => {
  buildOnce();
  [postgres, home] = await Promise.all([TlsPostgres.create(), ServerHome.create()]);
  authority = postgres.file('ca.pem', issuer.pem);
  await migrate(postgres.owner);
}, 60_000);
afterAll(async () => {
  await home.remove();
  await postgres.remove();
});

/** What a session at this URL is: with TLS or without. */
async function connect(url: string): Promise<string> {
  expect(databaseUrlMistakes(url)).toEqual([]);
  const session = newClient(connectionSettings(url));
  session.on('error', () => undefined);
  try {
    await session.connect();
    const { rows } = await session.query<{ ssl: boolean; application_name: string }>(
      `select ssl, application_name from pg_stat_ssl join pg_stat_activity using (pid)
       where pid = pg_backend_pid()`,
    );
    return `${rows[0]?.ssl === true ? 'TLS' : 'no TLS'} ${rows[0]?.application_name ?? ''}`.trim();
  } finally {
    await session.end();
  }
}

async function failureOf(url: string): Promise<unknown> {
  return connect(url).then(
    (session) => Promise.reject(new Error(`It connected: ${session}`)),
    (error: unknown) => error,
  );
}

describe('TLS to the database', () => {
  beforeEach(() => postgres.useCertificate(good));

  it.each([
    ['', 'no TLS'],
    ['sslmode=disable', 'no TLS'],
    ['sslmode=no-verify', 'TLS'],
    ['ssl=no-verify', 'TLS'],
    ['uselibpqcompat=true&sslmode=require', 'TLS'],
    ['sslmode=require&sslrootcert=CA', 'TLS'],
    ['sslmode=verify-ca&sslrootcert=CA', 'TLS'],
    ['uselibpqcompat=true&sslmode=require&sslrootcert=CA', 'TLS'],
    ['sslmode=verify-full&sslrootcert=CA', 'TLS'],
    ['sslrootcert=CA', 'TLS'],
    ['sslmode=verify-full&sslrootcert=CA&sslnegotiation=direct', 'TLS'],
    ['sslmode=verify-full&sslrootcert=CA&channel_binding=prefer', 'TLS'],
    ['sslmode=verify-full&sslrootcert=CA&channel_binding=require', 'TLS'],
    ['sslmode=no-verify&channel_binding=require', 'TLS'],
    ['sslmode=verify-full&sslrootcert=CA&application_name=tasks+1', 'TLS tasks+1'],
    ['connect_timeout=10&keepalives=0&target_session_attrs=any&application_name=a', 'no TLS a'],
    ['keepalives_idle=30&client_encoding=utf8&gssencmode=disable', 'no TLS'],
  ])('is what the URL says: %s', async (parameters, session) => {
    expect(
      await connect(postgres.url(parameters.replace('CA', encodeURIComponent(authority)))),
    ).toBe(session);
  });

  it.each([
    [
      'sslmode=require',
      'unknown authority',
      good,
      /unknown authority \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\): add sslrootcert/,
    ],
    [
      'sslmode=verify-full',
      'unknown authority',
      good,
      /unknown authority .*NODE_EXTRA_CA_CERTS.*no-verify/,
    ],
    [
      'sslmode=require',
      'self-signed certificate',
      makeCertificate('self'),
      /unknown authority \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    ],
    [
      'sslmode=verify-full&sslrootcert=CA',
      'expired certificate',
      makeCertificate('old', { issuer, hosts: HOSTS, ...PAST }),
      /expired or is not valid yet \(CERT_HAS_EXPIRED\): renew/,
    ],
    [
      'sslmode=verify-ca&sslrootcert=CA',
      'certificate of the future',
      makeCertificate('early', { issuer, hosts: HOSTS, ...FUTURE }),
      /expired or is not valid yet \(CERT_NOT_YET_VALID\): renew/,
    ],
    [
      'sslmode=verify-full&sslrootcert=CA',
      'certificate of another host',
      makeCertificate('other', { issuer, hosts: ['db.example.com'] }),
      /another host name \(ERR_TLS_CERT_ALTNAME_INVALID\): use a host name/,
    ],
    [
      'sslmode=require&sslrootcert=CA',
      'certificate of another host',
      makeCertificate('other', { issuer, hosts: ['db.example.com'] }),
      /another host name/,
    ],
  ])('is refused with %s in one line: %s', async (parameters, _, certificate, message) => {
    await postgres.useCertificate(certificate);

    const error = await failureOf(
      postgres.url(parameters.replace('CA', encodeURIComponent(authority))),
    );

    const failure = explainStartFailure(error);
    expect(failure).toEqual({ message: expect.stringMatching(message), exitCode: 69 });
    expect(failure.message).toMatch(/^The database cannot be reached by TLS: [^\n]+$/);
    // While the server runs, a request meets the same.
    expect(problemOfDatabaseError(error)?.code).toBe('database-unavailable');
  });

  it('does without the name of the host where verify-ca says so', async () => {
    await postgres.useCertificate(makeCertificate('other', { issuer, hosts: ['db.example.com'] }));
    const url = postgres.url(`sslmode=verify-ca&sslrootcert=${encodeURIComponent(authority)}`);
    expect(await connect(url)).toBe('TLS');
  });

  it('is missed where the server has none, or demands it', async () => {
    await postgres.demandTls();
    const demanded = explainStartFailure(await failureOf(postgres.url('', postgres.api)));
    await postgres.useNoTls();
    const missing = explainStartFailure(await failureOf(postgres.url('sslmode=require')));
    const direct = await failureOf(postgres.url('sslmode=require&sslnegotiation=direct'));

    expect(demanded).toEqual({
      message: expect.stringMatching(/no encryption: add sslmode=verify-full to DATABASE_URL/),
      exitCode: 69,
    });
    expect(missing).toEqual({
      message: expect.stringMatching(/does not support TLS: turn on ssl in postgresql.conf/),
      exitCode: 69,
    });
    expect(explainStartFailure(direct)).toEqual({
      message: expect.stringMatching(
        /^The database cannot be reached by TLS: .*needs PostgreSQL 17$/,
      ),
      exitCode: 69,
    });
  });

  it('ends where channel_binding=require asks for a proof that the login does not give', async () => {
    await postgres.trust('task_api');

    const url = postgres.url('sslmode=no-verify&channel_binding=require', postgres.api);
    const failure = explainStartFailure(await failureOf(url));
    const preferred = await connect(url.replace('=require', '=prefer'));
    const pool = new Pool(connectionSettings(url));
    const source = new DataSource(migratorOptions(connectionSettings(url)));
    for (const opening of [pool.connect(), source.initialize()]) {
      await expect(opening).rejects.toThrow(ChannelNotBoundError);
    }
    await pool.end();
    await postgres.demandTls();

    expect(preferred).toBe('TLS');
    expect(failure).toEqual({
      message: expect.stringMatching(/by TLS: the server does not offer channel binding, .*: let/),
      exitCode: 69,
    });
  });

  it('shows a certificate of its own to a server that asks for one', async () => {
    const own = [
      `sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}`,
      `sslcert=${encodeURIComponent(postgres.file('client.pem', client.pem))}`,
      `sslkey=${encodeURIComponent(postgres.file('client.key', client.key))}`,
    ];
    await postgres.demandTls(issuer);

    const without = explainStartFailure(await failureOf(postgres.url(own[0], postgres.api)));
    const session = await connect(postgres.url(own.join('&'), postgres.api));
    await postgres.demandTls();

    expect(session).toBe('TLS');
    expect(without).toEqual({
      message: expect.stringMatching(/valid client certificate/),
      exitCode: 69,
    });
  });

  it('logs in by channel_binding=require with the password of the URL from a pool, too', async () => {
    const trusted = `sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}`;
    const url = postgres.url(`${trusted}&channel_binding=require`);
    const pool = new Pool(connectionSettings(url));
    const { rows } = await pool.query<{ user: string }>('select current_user as user');
    await pool.end();

    expect(rows).toEqual([{ user: postgres.owner.user }]);
  });

  it('starts the server with require, for the certificate and the channel, and what pg warns of is a line of the log', async () => {
    // pg warns of each password that it reads from there.
    const { user = '', password } = postgres.owner;
    postgres.file('.pgpass', `*:*:*:${user}:${String(password)}\n`);
    const server = await home.start({
      DATABASE_URL: postgres.url('sslmode=require&channel_binding=require', {
        ...postgres.owner,
        password: '',
      }),
      AUTH_SECRET: SECRET,
      HOST: '127.0.0.1',
      HOME: postgres.directory,
      NODE_EXTRA_CA_CERTS: authority,
      PGSSLMODE: '',
    });
    const { status } = await fetch(`${server.url}/health/ready`);
    const doctor = await runCli(['doctor', '--json'], {
      DATABASE_URL: postgres.url(`sslmode=verify-ca&sslrootcert=${encodeURIComponent(authority)}`),
      AUTH_SECRET: SECRET,
      PORT: '0',
    });

    expect(status).toBe(200);
    const { stdout, ...end } = await server.stop();
    expect(end).toEqual({ code: 0, stderr: '' });
    const warned = stdout.split('\n').filter((line) => line.includes('pgpass'));
    expect(warned.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ level: 'warn', context: 'Node', type: 'DeprecationWarning' }),
    ]);
    expect(doctor).toMatchObject({ code: 0, stderr: '' });
    expect(doctor.stdout).toContain('"name":"tls","status":"ok"');
  });

  it('ends server and doctor with the remedy for an unknown authority, and no stack', async () => {
    const variables = { DATABASE_URL: postgres.url('sslmode=require'), AUTH_SECRET: SECRET };
    const [server, doctor] = await Promise.all([
      home.end({ ...variables, HOST: '127.0.0.1' }),
      runCli(['doctor'], { ...variables, PORT: '0' }),
    ]);

    expect(server).toMatchObject({ code: 69, stdout: '' });
    expect(server.stderr).toMatch(/^The database cannot be reached by TLS: [^\n]+\n$/);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(/^fail {2}database .*\n +→ add sslrootcert=\/path\/ca.pem/m);
    expect(doctor.stdout + doctor.stderr).not.toMatch(/report this fault|\n +at /);
  });

  it('ends at once where the password is missing', async () => {
    const DATABASE_URL = postgres.url('', { ...postgres.owner, password: '' });
    const migration = await runCli(['migrate'], { DATABASE_URL, AUTH_SECRET: SECRET });

    expect(migration).toMatchObject({ code: 69, stdout: '' });
    expect(migration.stderr).toMatch(/^The database cannot be used: [^\n]+ the password\n$/);
  });
});
