import { describe, expect, it } from '@jest/globals';
import { parseEnv } from '../../../../src/config/env';
import { adviceOnOrigins } from '../../../../src/config/advice';
import { originMatcher } from '../../../../src/config/http/origins';
import { mistakesIn } from '../../../support/app/mistakes';

const FORM = 'may have one * alone, in the first name of a host: https://tasks-*-team.example.com';

describe('CORS_ORIGINS', () => {
  it.each([
    ['https://a.example:443', 'browsers send it as https://a.example'],
    ['http://a.example:80', 'browsers send it as http://a.example'],
    ['https://A.example', 'browsers send it as https://a.example'],
    ['http://localhost:5173/', 'browsers send it as http://localhost:5173'],
    ['https://a.example/x?y', 'browsers send it as https://a.example'],
    ['https://ä.example', 'browsers send it as https://xn--4ca.example'],
    ['http://[0:0::1]:81', 'browsers send it as http://[::1]:81'],
    ['http://127.1', 'browsers send it as http://127.0.0.1'],
    ['app.example.com', 'has no scheme, such as https://'],
    ['localhost:5173', 'has no scheme, such as https://'],
    ['http://', 'is no origin, such as https://app.example.com'],
    ['https://a_b:x', 'is no origin, such as https://app.example.com'],
    ['null', 'is what files and sandboxed frames of anybody send'],
    ['*', 'would let every page in; name the origins'],
    ['https://*', FORM],
    ['https://a.*.example', FORM],
    ['https://*-*.example.com', FORM],
    ['https://*.*.example', FORM],
    ['https://app.example.*', FORM],
    ['http://localhost:*', FORM],
    ['capacitor://*.example.com', FORM],
    ['https://*.example.com/', 'browsers send such origins as https://*.example.com'],
    ['https://T-*.Example.com:443', 'browsers send such origins as https://t-*.example.com'],
  ])('%s: %s', (value, reason) => {
    const listed = `https://first.example,${value}`;
    expect(mistakesIn({ CORS_ORIGINS: listed })).toEqual([`CORS_ORIGINS: ${value} ${reason}`]);
  });

  it.each([
    ['https://a.example,', 'value 2 is empty: there is a comma too many'],
    [',https://a.example', 'value 1 is empty: there is a comma too many'],
    ['https://a.example,,https://b.example', 'value 2 is empty: there is a comma too many'],
    ['https://a.example https://b.example', 'value 1 has a blank; origins are separated by commas'],
    ['https://u:secret@a.example', 'value 1 has a user or password, which no origin has'],
    ['*://a.example.com', `value 1 ${FORM}`],
    ['https://a.example,secret', 'value 2 has no scheme, such as https://'],
  ])('names by its place what is no origin by its form: %s', (value, mistake) => {
    expect(mistakesIn({ CORS_ORIGINS: value })).toEqual([`CORS_ORIGINS: ${mistake}`]);
  });

  it('names all that are refused', () => {
    expect(
      mistakesIn({ CORS_ORIGINS: 'a.example,https://b.example,https://c.example/x,' }),
    ).toEqual([
      'CORS_ORIGINS: a.example has no scheme, such as https://; and https://c.example/x browsers send it as https://c.example; and value 4 is empty: there is a comma too many',
    ]);
  });

  it.each([
    'https://a.example:8443',
    'http://localhost:5173',
    'http://[::1]:3000',
    'capacitor://localhost',
    'chrome-extension://abcdefghijklmnop',
    'https://tasks-*-team.vercel.app',
    'https://*.example.com',
    'https://preview-*.example.com:8443',
  ])('may be %s', (origin) => {
    expect(parseEnv({ CORS_ORIGINS: origin }).corsOrigins).toEqual([origin]);
  });
});

describe('an origin with a *', () => {
  const matches = (listed: string, origin: string): boolean =>
    new RegExp(originMatcher(listed)).test(origin);

  it.each([
    ['https://tasks-*-team.vercel.app', 'https://tasks-git-main-team.vercel.app'],
    ['https://*.example.com', 'https://a.example.com'],
    ['https://*.example.com:8443', 'https://a.example.com:8443'],
  ])('%s lets in %s', (listed, origin) => {
    expect(matches(listed, origin)).toBe(true);
  });

  it.each([
    ['https://tasks-*-team.vercel.app', 'https://tasks--team.vercel.app'.replace('--', '-')],
    ['https://tasks-*-team.vercel.app', 'https://tasks-x-team.vercel.app.evil.example'],
    ['https://tasks-*-team.vercel.app', 'https://evil.example/tasks-x-team.vercel.app'],
    ['https://tasks-*-team.vercel.app', 'https://tasks-x.evil-team.vercel.app'],
    ['https://tasks-*-team.vercel.app', 'https://tasks-x/y-team.vercel.app'],
    ['https://tasks-*-team.vercel.app', 'http://tasks-x-team.vercel.app'],
    ['https://tasks-*-team.vercel.app', 'https://tasks-x-team.vercelxapp'],
    ['https://*.example.com', 'https://a.b.example.com'],
    ['https://*.example.com', 'https://example.com'],
    ['https://*.example.com', 'https://a.example.com:8443'],
  ])('%s does not let in %s', (listed, origin) => {
    expect(matches(listed, origin)).toBe(false);
  });

  it.each(['https://*.vercel.app', 'https://*.co.uk', 'https://*.com', 'https://*.github.io'])(
    'gets advice where others have names beside it: %s',
    async (origin) => {
      const [advice, ...rest] = await adviceOnOrigins([origin, 'https://*.example.com']);

      expect(rest).toEqual([]);
      expect(advice?.what).toBe(
        `CORS_ORIGINS: ${origin} lets in the pages of everybody who has a name below ${origin.slice(10)}`,
      );
    },
  );

  it.each(['https://*.example.com', 'https://*.team.vercel.app', 'https://tasks-*.vercel.app'])(
    'needs none where the names are yours: %s',
    async (origin) => {
      expect(await adviceOnOrigins([origin, 'https://app.vercel.app'])).toEqual([]);
    },
  );
});

describe('CORS_HEADERS', () => {
  it('are names of headers, separated by commas', () => {
    expect(parseEnv({ CORS_HEADERS: 'X-Tenant, X-Client-Version' }).corsHeaders).toEqual([
      'X-Tenant',
      'X-Client-Version',
    ]);
  });

  it.each([
    ['*', '* is not taken for Authorization by browsers; name the headers'],
    ['X-A,X B', 'value 2 is no name of a header'],
    ['X-A: 1', 'value 1 is no name of a header'],
    ['X-A,', 'value 2 is empty: there is a comma too many'],
  ])('%s: %s', (value, mistake) => {
    expect(mistakesIn({ CORS_HEADERS: value })).toEqual([`CORS_HEADERS: ${mistake}`]);
  });

  it('are refused if no page may call the API', () => {
    expect(
      mistakesIn({ CORS_HEADERS: 'X-Tenant', AUTH_SECRET: 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT' }),
    ).toEqual(['CORS_HEADERS: needs CORS_ORIGINS beside it: no page may call the API']);
  });
});
