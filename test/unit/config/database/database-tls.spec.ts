import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseTls, tlsMistakes } from '../../../../src/config/database/database-tls';
import { makeCertificate } from '../../../support/wire/certificate';

const one = makeCertificate('one', { hosts: ['one'] });
const other = makeCertificate('other', { hosts: ['other'] });

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'database-tls-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const parametersOf = (given: Record<string, string>) => new Map(Object.entries(given));

describe('files of TLS to the database', () => {
  it('are read', () => {
    const parameters = parametersOf({
      sslmode: 'verify-full',
      sslrootcert: file('both.pem', one.pem + other.pem),
      sslcert: file('one.pem', one.pem),
      sslkey: file('one.key', one.key),
    });

    expect(tlsMistakes(parameters)).toEqual([]);
    expect(databaseTls(parameters)).toEqual({
      rejectUnauthorized: true,
      ca: one.pem + other.pem,
      cert: one.pem,
      key: one.key,
    });
  });

  it('are reported when they cannot be read, without their path', () => {
    const missing = join(directory, 'missing');
    const parameters = parametersOf({
      sslrootcert: missing,
      sslcert: directory,
      sslkey: missing,
    });
    expect(tlsMistakes(parameters)).toEqual([
      'sslrootcert: cannot read the file that it names (ENOENT)',
      'sslcert: cannot read the file that it names (EISDIR)',
      'sslkey: cannot read the file that it names (ENOENT)',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a key', one.key],
    ['a certificate that was cut', one.pem.replace(/\n.{20}/, '\n')],
    ['another form than PEM', one.pem.replace(/-----.*-----/g, '')],
  ])('are reported when an authority is %s', (_, content) => {
    expect(tlsMistakes(parametersOf({ sslrootcert: file('ca.pem', content) }))).toEqual([
      'sslrootcert must name a file with certificates in PEM',
    ]);
  });

  it.each([
    ['the key of another', other.key],
    ['no key', 'none'],
  ])('are reported when a certificate has %s', (_, key) => {
    const parameters = parametersOf({
      sslcert: file('one.pem', one.pem),
      sslkey: file('key.pem', key),
    });
    expect(tlsMistakes(parameters)).toEqual([
      'sslcert and sslkey must name a certificate and its key in PEM, the key without passphrase',
    ]);
  });
});
