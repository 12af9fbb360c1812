import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { KEY_SET_TIMING, OpenIdKeySet } from '../../../../src/auth/openid/openid-key-set';
import type { TokenVerifier } from '../../../../src/auth/tokens/token-verifier';
import { stopClock } from '../../../support/app/clock';
import { verifierFor } from '../../../support/app/issuers';
import { compactJws } from '../../../support/http/jws';
import { KeyServer, ProviderKey } from '../../../support/http/key-server';
import { refusalOf } from '../../../support/app/refusal';

const ISSUER = 'https://id.example.com';
const NOW = Date.parse('2026-11-22T12:00:00Z') / 1000;
const claims = { iss: ISSUER, aud: 'task-api', sub: 'ada', exp: NOW + 86_400 };
const { maximumAge, maximumAgeInOutage, cooldown } = KEY_SET_TIMING;

let server: KeyServer;
let oldKey: ProviderKey;
let newKey: ProviderKey;

beforeAll(async () => {
  Logger.overrideLogger(false);
  oldKey = await ProviderKey.generate('old');
  newKey = await ProviderKey.generate('new');
});
beforeEach(async () => {
  stopClock(new Date(NOW * 1000));
  server = await KeyServer.start();
  server.answerKeys(oldKey);
});
afterEach(async () => {
  jest.useRealTimers();
  await server.stop();
});

function verifier(timing = KEY_SET_TIMING): TokenVerifier {
  const keys = new OpenIdKeySet(ISSUER, server.url('/keys'), timing);
  return verifierFor(keys, { issuer: ISSUER, audience: 'task-api' });
}

const tokenOf = (key: ProviderKey, sub = 'ada'): Promise<string> => key.token({ ...claims, sub });

describe('keys of a provider', () => {
  it('are read at the first token, once for all that come at once', async () => {
    const tokens = verifier();
    expect(server.requests).toEqual([]);

    const arriving = await Promise.all(['ada', 'bob', 'eve'].map((sub) => tokenOf(oldKey, sub)));
    await Promise.all(arriving.map(async (token) => tokens.verify(token)));
    expect(server.requests).toEqual(['/keys']);
  });

  it('make a known token answerable at once', async () => {
    const tokens = verifier();
    const token = await tokenOf(oldKey);
    const identity = await tokens.verify(token);

    expect(tokens.verify(token)).toBe(identity);
  });

  it('are read again when they have reached their age, which known tokens survive', async () => {
    const tokens = verifier();
    const token = await tokenOf(oldKey);
    const identity = await tokens.verify(token);

    jest.advanceTimersByTime(maximumAge - 1);
    expect(tokens.verify(token)).toBe(identity);
    jest.advanceTimersByTime(1);
    expect(await tokens.verify(token)).toBe(identity);
    expect(server.requests).toHaveLength(2);
    expect(tokens.verify(token)).toBe(identity);
  });
});

describe('a withdrawn key', () => {
  it('is honoured no longer than the age of the keys', async () => {
    const tokens = verifier();
    const [known, unseen] = [await tokenOf(oldKey, 'ada'), await tokenOf(oldKey, 'bob')];
    await tokens.verify(known);
    server.answerKeys(newKey);

    jest.advanceTimersByTime(maximumAge - 1);
    expect(tokens.verify(known)).toMatchObject({ subject: 'ada' });
    jest.advanceTimersByTime(1);
    expect((await refusalOf(() => tokens.verify(known))).code).toBe('invalid-token');
    expect((await refusalOf(() => tokens.verify(unseen))).code).toBe('invalid-token');
    await expect(tokens.verify(await tokenOf(newKey))).resolves.toBeDefined();
  });

  it('is dropped at once when its successor makes the keys be read again', async () => {
    const tokens = verifier();
    const known = await tokenOf(oldKey);
    await tokens.verify(known);
    server.answerKeys(newKey);

    jest.advanceTimersByTime(cooldown);
    await tokens.verify(await tokenOf(newKey));
    expect((await refusalOf(() => tokens.verify(known))).code).toBe('invalid-token');
  });

  it('is not honoured longer because the system clock was set back', async () => {
    const tokens = verifier();
    const known = await tokenOf(oldKey);
    await tokens.verify(known);
    server.answerKeys(newKey);

    jest.setSystemTime((NOW - 3600) * 1000);
    jest.advanceTimersByTime(maximumAge);
    expect((await refusalOf(() => tokens.verify(known))).code).toBe('invalid-token');
  });
});

describe('a new key', () => {
  it('is honoured at its first token', async () => {
    const tokens = verifier();
    await tokens.verify(await tokenOf(oldKey));
    server.answerKeys(oldKey, newKey);

    jest.advanceTimersByTime(cooldown);
    await expect(tokens.verify(await tokenOf(newKey))).resolves.toBeDefined();
  });

  it('is waited for where the keys were read a moment before, once for all who come', async () => {
    const tokens = verifier();
    await tokens.verify(await tokenOf(oldKey));
    jest.advanceTimersByTime(1_500);
    server.answerKeys(oldKey, newKey);
    const token = await tokenOf(newKey);

    const problem = await refusalOf(() => tokens.verify(token));
    expect(problem.code).toBe('signing-key-unknown');
    expect(problem.headers).toEqual({ 'Retry-After': '4' });
    expect(server.requests).toHaveLength(1);

    jest.advanceTimersByTime(3_500);
    const others = await Promise.all(['bob', 'eve'].map((sub) => tokenOf(newKey, sub)));
    const verified = await Promise.all([token, ...others].map(async (one) => tokens.verify(one)));
    for (const { expiresAt } of verified) {
      expect(expiresAt).toBe(claims.exp);
    }
    expect(server.requests).toHaveLength(2);
  });

  it('counts at its first token after a fresh start, too', async () => {
    server.answerKeys(newKey);
    await expect(verifier().verify(await tokenOf(newKey))).resolves.toBeDefined();
    expect(server.requests).toHaveLength(1);
  });

  it('that nobody publishes is refused once the keys were read for it', async () => {
    const tokens = verifier();
    await tokens.verify(await tokenOf(oldKey));
    const unknown = await oldKey.token(claims, { kid: 'unknown' });
    jest.advanceTimersByTime(cooldown);

    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const { code, reason } = await refusalOf(() => tokens.verify(unknown));
      expect([code, reason]).toEqual([
        'invalid-token',
        'The key of the access token is not one of its issuer',
      ]);
    }
    expect(server.requests).toHaveLength(2);
  });

  it('may make the keys be read only once in a while, however many tokens name one', async () => {
    const tokens = verifier();
    await tokens.verify(await tokenOf(oldKey));
    jest.advanceTimersByTime(1);

    const flood = await Promise.all(
      Array.from({ length: 50 }, (_, index) => oldKey.token(claims, { kid: `unknown-${index}` })),
    );
    for (const token of flood) {
      expect((await refusalOf(() => tokens.verify(token))).code).toBe('signing-key-unknown');
    }
    expect(server.requests).toHaveLength(1);

    jest.advanceTimersByTime(cooldown);
    await Promise.all(flood.map((token) => refusalOf(() => tokens.verify(token))));
    expect(server.requests).toHaveLength(2);
    // Meanwhile those of known keys are served.
    await expect(tokens.verify(await tokenOf(oldKey, 'bob'))).resolves.toBeDefined();
  });

  it('is not sought for a token that is of another issuer, or has another algorithm', async () => {
    const tokens = verifier();
    await tokens.verify(await tokenOf(oldKey));
    jest.advanceTimersByTime(cooldown);

    const foreign = await newKey.token({ ...claims, iss: 'https://evil.example.com' });
    const unsigned = compactJws({ alg: 'none', kid: 'new' }, claims, () => Buffer.alloc(0));
    for (const token of [foreign, unsigned, 'opaque']) {
      expect((await refusalOf(() => tokens.verify(token))).code).toBe('invalid-token');
    }
    expect(server.requests).toHaveLength(1);
  });
});

describe('a provider that is down', () => {
  const down = async (): Promise<number> => {
    const { port } = server;
    await server.stop();
    return port;
  };
  const up = async (port: number, ...keys: ProviderKey[]): Promise<void> => {
    server = await KeyServer.start(port);
    server.answerKeys(...keys);
  };

  it('makes tokens wait, and is asked again after a rest', async () => {
    const tokens = verifier();
    const token = await tokenOf(oldKey);
    const port = await down();

    const problem = await refusalOf(() => tokens.verify(token));
    expect(problem.code).toBe('identity-provider-unavailable');
    expect(problem.headers).toEqual({ 'Retry-After': '1' });

    await up(port, oldKey);
    expect((await refusalOf(() => tokens.verify(token))).code).toBe(
      'identity-provider-unavailable',
    );
    expect(server.requests).toEqual([]);

    jest.advanceTimersByTime(1000);
    await expect(tokens.verify(token)).resolves.toBeDefined();
  });

  it('rests longer after each failure, up to half a minute, and from the start after a success', async () => {
    const tokens = verifier();
    const token = await tokenOf(oldKey);
    const rests: number[] = [];
    const port = await down();
    for (let failure = 0; failure < 7; failure += 1) {
      const { headers } = await refusalOf(() => tokens.verify(token));
      rests.push(Number(headers['Retry-After']));
      jest.advanceTimersByTime(Number(headers['Retry-After']) * 1000);
    }
    expect(rests).toEqual([1, 2, 4, 8, 16, 30, 30]);

    await up(port, oldKey);
    await tokens.verify(token);
    await down();
    jest.advanceTimersByTime(maximumAgeInOutage);
    const { headers } = await refusalOf(() => tokens.verify(token));
    expect(headers['Retry-After']).toBe('1');
    server = await KeyServer.start();
  });

  it('does not matter to known tokens, nor to new ones of known keys', async () => {
    const tokens = verifier();
    const known = await tokenOf(oldKey);
    const identity = await tokens.verify(known);
    await down();

    jest.advanceTimersByTime(maximumAge);
    expect(await tokens.verify(known)).toBe(identity);
    expect(tokens.verify(known)).toBe(identity);
    await expect(tokens.verify(await tokenOf(oldKey, 'bob'))).resolves.toBeDefined();
    server = await KeyServer.start();
  });

  it('leaves open whether an unknown key is a good one', async () => {
    const tokens = verifier();
    await tokens.verify(await tokenOf(oldKey));
    const token = await tokenOf(newKey);
    await down();

    jest.advanceTimersByTime(cooldown);
    const problem = await refusalOf(() => tokens.verify(token));
    expect(problem.code).toBe('identity-provider-unavailable');
    server = await KeyServer.start();
  });

  it('is not trusted for ever', async () => {
    const tokens = verifier();
    const known = await tokenOf(oldKey);
    await tokens.verify(known);
    const port = await down();

    jest.advanceTimersByTime(maximumAgeInOutage - 1);
    await expect(tokens.verify(known)).resolves.toBeDefined();
    jest.advanceTimersByTime(1);
    expect((await refusalOf(() => tokens.verify(known))).code).toBe(
      'identity-provider-unavailable',
    );

    await up(port, oldKey);
    jest.advanceTimersByTime(30_000);
    await expect(tokens.verify(known)).resolves.toBeDefined();
  });

  it('loses its withdrawn keys as soon as it is back', async () => {
    const tokens = verifier();
    const known = await tokenOf(oldKey);
    await tokens.verify(known);
    const port = await down();
    jest.advanceTimersByTime(maximumAge);
    await tokens.verify(known);

    await up(port, newKey);
    jest.advanceTimersByTime(1000);
    // Nobody waits for a provider that was down: this one sets off the reading.
    await expect(tokens.verify(known)).resolves.toBeDefined();
    await expect(tokens.verify(await tokenOf(newKey))).resolves.toBeDefined();
    expect((await refusalOf(() => tokens.verify(known))).code).toBe('invalid-token');
  });
});

describe('a provider that hangs', () => {
  const patient = { ...KEY_SET_TIMING, timeout: 100 };
  const hang = (): Promise<void> =>
    new Promise((resolve) => {
      server.answer = () => resolve();
    });

  it('is given up', async () => {
    void hang();
    const tokens = verifier(patient);
    const problem = await refusalOf(async () => tokens.verify(await tokenOf(oldKey)));
    expect(problem.code).toBe('identity-provider-unavailable');
  });

  it('is given up in the middle of its answer, too', async () => {
    server.answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).write('{"keys":[');
    };
    const tokens = verifier(patient);
    const problem = await refusalOf(async () => tokens.verify(await tokenOf(oldKey)));
    expect(problem.code).toBe('identity-provider-unavailable');
  });

  it('is not waited for a second time by tokens of known keys', async () => {
    const tokens = verifier(patient);
    const known = await tokenOf(oldKey);
    await tokens.verify(known);

    void hang();
    jest.advanceTimersByTime(maximumAge);
    await tokens.verify(known);
    jest.advanceTimersByTime(1000);
    const asked = hang();
    // Answered although the provider, asked once more, has not: its answer never comes.
    await expect(tokens.verify(known)).resolves.toBeDefined();
    await asked;
  });
});

describe('a provider that talks nonsense', () => {
  it.each<[string, KeyServer['answer']]>([
    ['a page', (_, response) => response.end('<html>Sign in</html>')],
    ['half a document', (_, response) => response.end('{"keys":[')],
    ['another document', (_, response) => response.end('{"issuer":"x"}')],
    ['a list', (_, response) => response.end('[]')],
    ['null', (_, response) => response.end('null')],
    ['keys that are no list', (_, response) => response.end('{"keys":{}}')],
    ['keys that are no objects', (_, response) => response.end('{"keys":["key"]}')],
    ['nothing', (_, response) => response.end()],
    ['an error', (_, response) => response.writeHead(500).end('{"keys":[]}')],
    ['no content', (_, response) => response.writeHead(204).end()],
    ['too much', (_, response) => response.end(`{"keys":[],"pad":"${'x'.repeat(2 ** 20)}"}`)],
    ['a cut connection', (request) => request.socket.destroy()],
  ])('is unavailable when it sends %s', async (_, answer) => {
    server.answer = answer;
    const tokens = verifier();
    const problem = await refusalOf(async () => tokens.verify(await tokenOf(oldKey)));

    expect(problem.code).toBe('identity-provider-unavailable');
    expect(Number(problem.headers['Retry-After'])).toBeGreaterThan(0);
  });

  it('is not followed elsewhere', async () => {
    const elsewhere = await KeyServer.start();
    elsewhere.answerKeys(oldKey);
    server.answer = (_, response) =>
      response.writeHead(302, { Location: elsewhere.url('/keys') }).end();

    const tokens = verifier();
    const problem = await refusalOf(async () => tokens.verify(await tokenOf(oldKey)));
    await elsewhere.stop();

    expect(problem.code).toBe('identity-provider-unavailable');
    expect(elsewhere.requests).toEqual([]);
  });

  it('does not shake the keys that are known', async () => {
    const tokens = verifier();
    const known = await tokenOf(oldKey);
    const identity = await tokens.verify(known);
    server.answer = (_, response) => response.end('{"keys":["key"]}');

    jest.advanceTimersByTime(maximumAge);
    expect(await tokens.verify(known)).toBe(identity);
  });
});
