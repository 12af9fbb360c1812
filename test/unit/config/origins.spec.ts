import { describe, expect, it } from '@jest/globals';
import { parseEnv } from '../../../src/config/env';
import { mistakesIn } from '../../support/app/mistakes';

describe('CORS_ORIGINS', () => {
  it.each([
    ['https://a.example:443', 'must be as browsers send them: https://a.example'],
    ['http://a.example:80', 'must be as browsers send them: http://a.example'],
    ['https://A.example', 'must be as browsers send them: https://a.example'],
    ['https://a.example/x?y', 'must be as browsers send them: https://a.example'],
    ['https://ä.example', 'must be as browsers send them: https://xn--4ca.example'],
    ['https://u:p@a.example', 'must be as browsers send them: https://a.example'],
    ['http://[0:0::1]:81', 'must be as browsers send them: http://[::1]:81'],
    ['http://127.1', 'must be as browsers send them: http://127.0.0.1'],
  ])('%s: %s', (value, mistake) => {
    expect(mistakesIn({ CORS_ORIGINS: value })).toEqual([`CORS_ORIGINS: ${mistake}`]);
  });

  it.each([
    'https://app.example.com/',
    'https://app.example.com,,',
    'app.example.com',
    'http://',
    'null',
  ])('must not be %s', (value) => {
    expect(mistakesIn({ CORS_ORIGINS: value })).toEqual([
      expect.stringMatching('^CORS_ORIGINS: must be'),
    ]);
  });

  it.each([
    'https://a.example:8443',
    'http://localhost:5173',
    'http://[::1]:3000',
    'capacitor://localhost',
    'chrome-extension://abcdefghijklmnop',
  ])('may be %s', (origin) => {
    expect(parseEnv({ CORS_ORIGINS: origin }).corsOrigins).toEqual([origin]);
  });
});
