import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  databaseUrlMistakes,
  databaseUrlParameters,
} from '../../../../src/config/database/database-url';
import { ChannelBoundClient } from '../../../../src/database/session/channel-bound-client';
import { connectionSettings } from '../../../../src/database/session/connection-settings';

const PLACE = 'postgresql://app@db.example.com/tasks';

describe('the URL of a database', () => {
  it.each([
    ['postgres://db', { host: 'db' }],
    ['postgresql://app:p%40%23%2F%3F%25@db:5433/tasks', { password: 'p@#/?%', port: 5433 }],
    ['postgresql://app:p@ss:word@db/tasks', { user: 'app', password: 'p@ss:word', host: 'db' }],
    ['postgresql://app@[::1]:5432/tasks', { host: '::1', port: 5432 }],
    ['postgresql://app@bücher.example/tasks', { host: 'bücher.example' }],
    ['postgresql://app:pw@/tasks?host=/var/run', { host: '/var/run', password: 'pw' }],
    ['postgresql://app@localhost/tasks?host=/cloudsql/p:r:i', { host: '/cloudsql/p:r:i' }],
    ['postgresql://app@%2Fvar%2Frun/tasks', { host: '/var/run' }],
    ['postgresql:///tasks?host=db&port=5433&user=app&password=pw', { user: 'app', port: 5433 }],
  ])('says where the database is: %s', (url, settings) => {
    expect(databaseUrlMistakes(url)).toEqual([]);
    expect(connectionSettings(url)).toMatchObject({ ...settings, ssl: false, keepAlive: true });
  });

  it.each([
    ['connect_timeout=7', { connectionTimeoutMillis: 7_000 }],
    ['application_name=tasks+and%20more', { application_name: 'tasks+and more' }],
    ['schema=Own-tasks_2', { schema: 'Own-tasks_2' }],
    ['keepalives=0', { keepAlive: false }],
    ['keepalives=1&keepalives_idle=30', { keepAlive: true, keepAliveInitialDelayMillis: 30_000 }],
    ['channel_binding=prefer', { enableChannelBinding: true }],
    ['channel_binding=disable', {}],
    ['sslmode=require&channel_binding=require', { Client: ChannelBoundClient }],
    ['sslmode=no-verify&channel_binding=require', { Client: ChannelBoundClient }],
    ['sslmode=require&sslnegotiation=direct', { sslnegotiation: 'direct' }],
    ['sslmode=require&sslnegotiation=postgres', { ssl: { rejectUnauthorized: true } }],
    ['target_session_attrs=any&client_encoding=UTF8&load_balance_hosts=disable', {}],
    ['sslmode=verify-full&sslrootcert=system', { ssl: { rejectUnauthorized: true } }],
  ])('says what the sessions shall be: %s', (parameters, settings) => {
    const url = `${PLACE}?${parameters}`;
    expect(databaseUrlMistakes(url)).toEqual([]);
    expect(connectionSettings(url)).toMatchObject(settings);
  });

  it.each([
    ['options=-c%20search_path%3Dtasks', /^options is a parameter .*alter role/],
    ['statement_timeout=5s', /^statement_timeout .*time limits of its own/],
    ['lock_timeout=5s', /^lock_timeout .*time limits of its own/],
    ['channel_binding=require', /^channel_binding=require needs TLS: set sslmode=verify-full/],
    ['channel_binding=always', /^channel_binding must be one of disable, prefer, require/],
    [
      'target_session_attrs=read-write',
      /^target_session_attrs must be any: name the server to use/,
    ],
    ['sslmode=requier', /^sslmode must be one of disable, no-verify, require, verify-ca, /],
    ['sslmode=Require', /^sslmode must be one of/],
    ['sslmode=', /^sslmode must be one of/],
    ['sslmode=prefer', /^sslmode must be one of .*prefer allows an attacker/],
    ['ssl=yes', /^ssl must be one of true, false, no-verify/],
    ['ssl=true&sslmode=require', /^ssl and sslmode mean the same/],
    ['uselibpqcompat=1&sslmode=require', /^uselibpqcompat must be one of/],
    ['sslnegotiation=Direct', /^sslnegotiation must be one of/],
    ['sslnegotiation=direct&sslmode=disable', /^sslnegotiation has no effect without TLS/],
    ['sslrootcert=ca.pem&sslmode=disable', /^sslrootcert has no effect without TLS/],
    ['sslrootcert=ca.pem&sslmode=no-verify', /^sslrootcert has no effect with no-verify/],
    ['sslmode=verify-ca', /^sslmode=verify-ca needs a private authority/],
    ['sslmode=verify-ca&sslrootcert=system', /^sslmode=verify-ca needs a private authority/],
    ['sslcert=a.pem', /^sslcert and sslkey belong together/],
    ['connect_timeout=0', /^connect_timeout must be a whole number from 1 to 600/],
    ['connect_timeout=10s', /^connect_timeout must be a whole number/],
    ['keepalives=yes', /^keepalives must be one of 0, 1/],
    ['keepalives_interval=10', /^keepalives_interval .*tcp_keepalive/],
    ['client_encoding=LATIN1', /^client_encoding must be one of UTF8/],
    ['application_name=', /^application_name must have a value/],
    ['connection_limit=1', /^connection_limit .*DATABASE_POOL/],
    ['pgbouncer=true', /^pgbouncer .*DATABASE_PREPARE/],
    ['dbname=tasks', /^dbname .*after the host/],
    ['sslcrl=x', /^sslcrl is a parameter that the API does not obey: remove it/],
    ['SSLMODE=require', /^SSLMODE is not a parameter: is sslmode meant\?/],
    ['sslmod=require', /^sslmod is not a parameter: is sslmode meant\?/],
    ['ssl_mode=require', /^ssl_mode is not a parameter: is sslmode meant\?/],
    ['shema=tasks', /^shema is not a parameter: is schema meant\?/],
    ['chanel_binding=require', /^chanel_binding is not a parameter: is channel_binding meant\?/],
    ['connect_timeuot=1', /^connect_timeuot is not a parameter: is connect_timeout meant\?/],
    ['foo=1', /^foo is a parameter that the API does not obey: remove it/],
    ['sslmode=require&sslmode=disable', /^sslmode is given twice/],
    ['user=other', /^user is given twice/],
    ['host=other', /^host is given twice/],
    ['?=x', /^the text after the \? is a parameter that/],
  ])('is refused for a parameter that cannot be obeyed, by its name: %s', (parameters, mistake) => {
    expect(databaseUrlMistakes(`${PLACE}?${parameters}`)).toEqual([expect.stringMatching(mistake)]);
  });

  it('is refused for all that is wrong with its parameters at once', () => {
    const url = `${PLACE}?options=x&sslmode=requier&target_session_attrs=primary`;
    expect(databaseUrlMistakes(url)).toHaveLength(3);
  });

  it('is refused for the port 0, which pg takes for 5432', () => {
    expect(databaseUrlMistakes('postgresql://app@db:0/tasks')).toHaveLength(1);
  });

  it.each([
    'postgresql://app@h1:5432,h2:5432/tasks',
    'postgresql://app@h1,h2/tasks',
    'postgresql://h1,h2',
    'postgresql://app@/tasks?host=h1,h2',
  ])('is refused for several hosts, with what to do for failover: %s', (url) => {
    expect(databaseUrlMistakes(url)).toEqual([
      expect.stringMatching('must be a URL with one host; for failover, name a proxy'),
    ]);
  });

  it.each([
    'postgresql://app:hunter@2secret#more@db/tasks',
    'postgresql://app:hunter#2secret@db/tasks',
    'postgresql://app:123#2secret@db/tasks',
    'postgresql://app:123/2secret@db/tasks',
    'postgresql://app:123?2secret@db/tasks',
    'postgresql://app:123?2secret=hunter@db/tasks',
    'postgresql://app:hunter%2secret@db/tasks',
    'postgresql://app:hunter%ff@db/tasks',
    'postgresql://app:100%@db/tasks',
  ])('is refused with what to write where it is not encoded, and shows nothing: %s', (url) => {
    expect(databaseUrlMistakes(url)).toEqual([
      'must be a URL in which user and password are percent-encoded: @ is %40, # is %23, / is %2F, ? is %3F, % is %25',
    ]);
  });

  it('never names a piece of any password as a host', () => {
    const character = fc.constantFrom(...'aZ1@#/?%:,&=+.-_[]\\ \'"$', 'ü', '%40');
    const password = fc.string({ unit: character, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(password, (text) => {
        const url = `postgresql://app:${text}@db.example.com:5432/tasks?sslmode=require`;
        const mistakes = databaseUrlMistakes(url);
        if (mistakes.length > 0) {
          for (const line of mistakes) expect(line).toMatch(/^must be a URL/);
          return;
        }
        expect(connectionSettings(url)).toMatchObject({
          host: 'db.example.com',
          port: 5432,
          user: 'app',
          database: 'tasks',
        });
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives its parameters as they are written', () => {
    expect([...databaseUrlParameters(`${PLACE}?a=1+2%20&b=`)]).toEqual([
      ['a', '1+2 '],
      ['b', ''],
    ]);
  });
});
