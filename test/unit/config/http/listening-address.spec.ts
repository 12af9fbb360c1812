import { describe, expect, it } from '@jest/globals';
import { parseEnv } from '../../../../src/config/env';
import { localUrl } from '../../../../src/config/http/listening-address';
import { mistakesIn } from '../../../support/app/mistakes';

const IDENTITY = { AUTH_ISSUER: 'https://id.example.com', AUTH_AUDIENCE: 'task-api' };

describe('where a process of this machine reaches the server', () => {
  it.each([
    [{}, 'http://127.0.0.1:3000'],
    [{ PORT: '', HOST: '' }, 'http://127.0.0.1:3000'],
    [{ PORT: '8080', HOST: '0.0.0.0' }, 'http://127.0.0.1:8080'],
    [{ HOST: '::' }, 'http://127.0.0.1:3000'],
    [{ HOST: '10.1.2.3' }, 'http://10.1.2.3:3000'],
    [{ HOST: '::1', PORT: '81' }, 'http://[::1]:81'],
  ])('%j: %s', (variables, url) => {
    expect(localUrl(variables)).toBe(url);
  });

  it('is the port on which the server listens by default', () => {
    expect(Number(new URL(localUrl({})).port)).toBe(parseEnv({}).port);
  });
});

describe.each(['HOST', 'ADMIN_HOST'])('%s', (name) => {
  it.each(['[::1]', '[2001:db8::7]'])('must be without the brackets of %s', (value) => {
    expect(mistakesIn({ [name]: value })).toEqual([
      `${name}: must be without brackets: ${value.slice(1, -1)}`,
    ]);
  });

  it.each([
    'http://localhost',
    'localhost:3000',
    '*',
    '[localhost]',
    '127.0.0.1/8',
    '127.0.0.1:9464',
    'a b',
  ])('must not be %s', (value) => {
    expect(mistakesIn({ ...IDENTITY, [name]: value })).toEqual([
      expect.stringMatching(`^${name}: must be an address or a name`),
    ]);
  });

  it.each(['0.0.0.0', '::', 'fe80::1%eth0', 'api_1', 'tasks.example.com'])('may be %s', (value) => {
    expect(mistakesIn({ ...IDENTITY, [name]: value })).toEqual([]);
  });
});
