import { describe, expect, it } from '@jest/globals';
import { databaseUrlMistakes, schemaFault } from '../../../../src/config/database/database-url';
import { ConfigurationError, parseEnv } from '../../../../src/config/env';
import { configuredEndpoint } from '../../../../src/embedded-postgres/provide-database';
import { isSearchPathOf, searchPathOf } from '../../../../src/database/session/search-path';

describe('the schema in the URL of a database', () => {
  it.each(['tasks', 'Own-tasks', '_x', 'a'.repeat(63)])('may be %s', (name) => {
    expect(schemaFault(name)).toBeUndefined();
  });

  it.each(['1st', 'a b', 'ä', 'a"b', 'a;b', "a'b", 'a,b', '$user', 'a\\b', 'a'.repeat(64)])(
    'may not be %j, and the message says what it may be',
    (name) => {
      expect(schemaFault(name)).toMatch(/^must be a name of letters, digits, _ and -/);
    },
  );

  it.each(['pg_catalog', 'PG_temp', 'pg_toast_1', 'information_schema'])(
    'may not be %s, which is of PostgreSQL',
    (name) => {
      expect(schemaFault(name)).toBe('must not be a schema of PostgreSQL itself');
    },
  );

  it('names the parameter if it is wrong', () => {
    expect(databaseUrlMistakes('postgresql://app@db/tasks?schema=a%20b')).toEqual([
      expect.stringMatching(/^schema must be a name/),
    ]);
    expect(databaseUrlMistakes('postgresql://app@db/tasks?schema=')).toEqual([
      'schema must have a value',
    ]);
  });

  it.each([
    ['?schema=own', '?schema=own', undefined],
    ['?schema=own', '', undefined],
    ['?schema=own', '?schema=other', 'DATABASE_OWNER_URL: schema must be the one of DATABASE_URL'],
    ['', '?schema=own', 'DATABASE_OWNER_URL: schema must be the one of DATABASE_URL'],
  ])('has one schema for requests (%s) and migrations (%s)', (api, owner, mistake) => {
    const variables = {
      DATABASE_URL: `postgresql://api@db/tasks${api}`,
      DATABASE_OWNER_URL: `postgresql://owner@db/tasks${owner}`,
    };
    const parse = () => configuredEndpoint(parseEnv(variables));
    if (mistake !== undefined) {
      expect(parse).toThrow(ConfigurationError);
      expect(parse).toThrow(mistake);
      return;
    }
    const endpoint = parse();
    expect(endpoint).toMatchObject({ api: { schema: 'own' }, owner: { schema: 'own' } });
    expect(endpoint?.description).toBe('db:5432/tasks, schema own');
  });

  it('is all that is searched, before pg_temp', () => {
    expect(searchPathOf({})).toBe('"public",pg_temp');
    expect(searchPathOf({ schema: 'Own' })).toBe('"Own",pg_temp');
  });

  it.each([
    ['public, pg_temp', {}, true],
    ['"public",pg_temp', {}, true],
    ['"Own", pg_temp', { schema: 'Own' }, true],
    ['own, pg_temp', { schema: 'Own' }, false],
    ['public', {}, false],
    ['pg_temp, public', {}, false],
    ['"$user", public', {}, false],
    ['public, other, pg_temp', {}, false],
    ['public, pg_catalog, pg_temp', {}, false],
    ['"public, pg_temp"', {}, false],
  ])('is compared with what PostgreSQL prints: %s', (path, at, isIt) => {
    expect(isSearchPathOf(at, path)).toBe(isIt);
  });
});
