import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { givenVariables, type Source } from '../../../../src/config/sources/given-variables';

const KNOWN = ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'AUTH_ISSUER', 'AUTH_SECRET'];
const SECRETS = ['DATABASE_URL', 'AUTH_SECRET'];
const read = (source: Source) => givenVariables(source, KNOWN, SECRETS);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'given-variables-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: string | Buffer): string {
  const path = join(directory, 'secret');
  writeFileSync(path, content);
  return path;
}

describe('the variables of an environment', () => {
  it('are those that are known and not empty', () => {
    const source = { PORT: '1', LOG_LEVEL: '', AUTH_ISSUER: undefined, HOME: '/root' };
    expect(read(source)).toEqual({ values: { PORT: '1' }, mistakes: [] });
  });

  it.each([
    ['"https://id.example.com"', 'https://id.example.com'],
    ["'https://id.example.com'", 'https://id.example.com'],
  ])('are refused in quotes that nobody removed: %s', (AUTH_ISSUER, meant) => {
    expect(read({ AUTH_ISSUER })).toEqual({
      values: { AUTH_ISSUER: meant },
      mistakes: [expect.stringMatching('^AUTH_ISSUER: must be without quotes; docker')],
    });
  });

  it.each([
    '\u201chttps://id.example.com\u201d',
    '\u201ehttps://id.example.com\u201c',
    '\u2018https://id.example.com\u2019',
    '\u00abhttps://id.example.com\u00bb',
    'https://id.example.com\u201d',
  ])('are refused in quotes of a word processor: %s', (AUTH_ISSUER) => {
    expect(read({ AUTH_ISSUER })).toEqual({
      values: { AUTH_ISSUER: 'https://id.example.com' },
      mistakes: [expect.stringMatching('^AUTH_ISSUER: must be without typographic quotes; use "')],
    });
  });

  it.each([
    'https://id.example.com ',
    '\thttps://id.example.com',
    'https://id.example.com\n',
    '\u200bhttps://id.example.com',
    'https://id.example.com\ufeff',
  ])('are refused with spaces at an end, which no token has: %j', (AUTH_ISSUER) => {
    expect(read({ AUTH_ISSUER })).toEqual({
      values: { AUTH_ISSUER: 'https://id.example.com' },
      mistakes: ['AUTH_ISSUER: must be without spaces or invisible characters at its ends'],
    });
  });

  it('keep the spaces of a secret', () => {
    expect(read({ AUTH_SECRET: ' a b ' })).toEqual({
      values: { AUTH_SECRET: ' a b ' },
      mistakes: [],
    });
  });

  it.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_ULR', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABASE_URLS', 'DATABASE_URL'],
    ['Database_Url', 'DATABASE_URL'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['AUTH_SECERT_FILE', 'AUTH_SECRET_FILE'],
  ])('are asked for where a name is misspelt: %s', (name, meant) => {
    expect(read({ [name]: 'hunter2' }).mistakes).toEqual([
      `${name}: is not known; is ${meant} meant?`,
    ]);
    expect(read({ [name]: '' }).mistakes).toEqual([]);
    expect(read({ [name]: 'hunter2', [meant]: file('x') }).mistakes).toEqual([]);
  });

  it.each(['LOGLEVEL', 'PORTS', 'DATABASE_USER', 'AUTH_URL', 'AUTH_2_ISSUER', 'DATABASE', 'A', ''])(
    'are left alone where they are of another program: %j',
    (name) => {
      expect(read({ [name]: 'x' }).mistakes).toEqual([]);
    },
  );

  it('are refused in a file unless they are secrets', () => {
    expect(read({ AUTH_ISSUER_FILE: '/run/secrets/issuer' }).mistakes).toEqual([
      'AUTH_ISSUER_FILE: is not read; only DATABASE_URL, AUTH_SECRET may come from a file',
    ]);
  });

  it.each([
    ['UTF-8', 'sécret'],
    ['UTF-8 with a byte-order mark', '\ufeffsécret\r\n'],
    ['UTF-16 of Windows', Buffer.from('\ufeffsécret\r\n', 'utf16le')],
  ])('may be in a file in %s', (_, content) => {
    expect(read({ AUTH_SECRET_FILE: file(content) })).toEqual({
      values: { AUTH_SECRET: 'sécret' },
      mistakes: [],
    });
  });

  it('are refused in a file of another encoding', () => {
    const content = Buffer.from('sécret', 'latin1');
    expect(read({ AUTH_SECRET_FILE: file(content) })).toEqual({
      values: {},
      mistakes: ['AUTH_SECRET_FILE: line 1 of the file is not UTF-8; save the file as UTF-8'],
    });
  });
});
