import { describe, expect, it } from '@jest/globals';
import type { ConfigurationError } from '../../../../src/config/env';
import { testEnv } from '../../../support/app/test-env';

const PRIMARY = 'postgresql://api:hunter2@db/tasks?schema=own';
const replicas = (urls: string, primary = PRIMARY) =>
  testEnv({ DATABASE_URL: primary, DATABASE_REPLICA_URLS: urls }).database.replicaUrls;
const mistakes = (urls: string, primary = PRIMARY): readonly string[] => {
  try {
    replicas(urls, primary);
    return [];
  } catch (error) {
    return (error as ConfigurationError).mistakes;
  }
};

describe('DATABASE_REPLICA_URLS', () => {
  it('names replicas, separated by commas; one in a password is none of them', () => {
    const first = 'postgresql://api:a,b@one/tasks';
    const second = 'postgres://api@two:5433/tasks?sslmode=require&schema=own';
    expect(replicas(`${first} , ${second}`)).toEqual([first, second]);
    expect(replicas('')).toEqual([]);
  });

  it.each([
    ['postgresql://a@one/t,', 'number 2: is empty: remove the comma'],
    [',postgresql://a@one/t', 'number 1: is empty: remove the comma'],
    ['postgresql://a@one/t,postgresql://a@one/t', 'number 2: is given twice'],
    [PRIMARY, 'is DATABASE_URL, which names the primary'],
    ['postgresql://a@one/t?schema=other', 'schema must be the one of DATABASE_URL'],
    ['postgresql://a@one/t?pgbouncer=true', 'pgbouncer is a parameter that the API does not obey'],
    ['postgresql://a@one/t postgresql://a@two/t', 'has several URLs: separate them by commas'],
    ['postgresql://a@one/t; postgres://a@two/t', 'has several URLs: separate them by commas'],
    ['postgresql://a@one/t\npostgres://a@two/t', 'has several URLs: separate them by commas'],
    ['postgresql://a@one,two/t', 'must be a URL with one host; .* leads to the server to use$'],
    [
      'postgresql://a@one/t?target_session_attrs=standby',
      'target_session_attrs must be any: name the server to use,',
    ],
    ['one:5432', 'must be a URL such as postgresql://'],
  ])('refuses %s', (urls, mistake) => {
    expect(mistakes(urls)).toEqual([
      expect.stringMatching(new RegExp(`^DATABASE_REPLICA_URLS: ${mistake}`)),
    ]);
  });

  it('needs a primary beside it, and repeats no password', () => {
    expect(mistakes('postgresql://a@one/t', '')).toEqual([
      'DATABASE_REPLICA_URLS: needs DATABASE_URL beside it',
    ]);
    expect(mistakes('postgresql://a:sesame#@one/t').join()).not.toContain('sesame');
  });
});
