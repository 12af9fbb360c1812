import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TokenVerifier } from '../../../../src/auth/tokens/token-verifier';
import { fixedKey } from '../../../../src/auth/tokens/trusted-issuer';
import { stopClock } from '../../../support/app/clock';
import { OWN_SCOPE_NAMES, verifierFor } from '../../../support/app/issuers';
import { compactJws, hmac } from '../../../support/http/jws';
import { refusalOf } from '../../../support/app/refusal';

const SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';
/** Without dots, so that it may stand in an unencoded payload (RFC 7797 §5.2). */
const ISSUER = 'https://identity/realm';
const AUDIENCE = 'task-api';
const SUBJECT = '9b2d1c74-5b0e-4f6a-8a43-0d6f3c5e7a11';
const NOW = Date.parse('2026-11-22T12:00:00Z') / 1000;

const header = { alg: 'HS256', typ: 'JWT' };
const claims = { iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, iat: NOW, exp: NOW + 3600 };

const keys = fixedKey(Buffer.from(SECRET));
const verifierWith = (rules: Parameters<typeof verifierFor>[1]): TokenVerifier =>
  verifierFor(keys, rules);

const signed = (payload: object | string, itsHeader: object | string = header): string =>
  compactJws(itsHeader, payload, hmac('sha256', SECRET));

/** The claims without some, and with others. */
const but = (changes: Record<string, unknown>): object => ({ ...claims, ...changes });

beforeEach(() => stopClock(new Date(NOW * 1000)));
afterEach(() => {
  jest.useRealTimers();
});

describe('a token that is accepted', () => {
  it('says who calls', async () => {
    const verifier = verifierWith({ issuer: ISSUER, audience: AUDIENCE });
    await expect(verifier.verify(signed(claims))).resolves.toEqual({
      userId: SUBJECT,
      subject: SUBJECT,
      email: null,
      scopes: 'unrestricted',
      scopeNames: OWN_SCOPE_NAMES,
      expiresAt: NOW + 3600,
    });
  });

  it.each([
    ['without a type', { alg: 'HS256' }, claims],
    ['of type JWT', { alg: 'HS256', typ: 'JWT' }, claims],
    ['of type jwt', { alg: 'HS256', typ: 'jwt' }, claims],
    ['of type at+jwt (RFC 9068)', { alg: 'HS256', typ: 'at+jwt' }, claims],
    ['of type application/at+jwt', { alg: 'HS256', typ: 'application/at+jwt' }, claims],
    ['with a foreign kid', { ...header, kid: '../../etc/passwd' }, claims],
    ['for several audiences', header, but({ aud: ['other', AUDIENCE] })],
    ['without iat', header, but({ iat: undefined })],
    ['issued in the future, which is no reason to refuse it', header, but({ iat: NOW + 3600 })],
    ['valid from within the clock tolerance', header, but({ nbf: NOW + 60 })],
    ['expired within the clock tolerance', header, but({ exp: NOW - 59 })],
    ['with a subject of 255 characters', header, but({ sub: 's'.repeat(255) })],
    ['with a subject beyond the basic plane', header, but({ sub: 'user 🦉' })],
    ['with claims that mean nothing here', header, but({ roles: ['admin'], user_id: 'x' })],
  ])('may be one %s', async (_, itsHeader, payload) => {
    const verifier = verifierWith({ issuer: ISSUER, audience: AUDIENCE });
    await expect(verifier.verify(signed(payload, itsHeader))).resolves.toBeDefined();
  });

  it('may have any issuer and audience, or none, where none is configured', async () => {
    const verifier = verifierWith({});
    for (const changes of [
      { iss: undefined, aud: undefined },
      { iss: 'x', aud: ['y'] },
    ]) {
      await expect(verifier.verify(signed(but(changes)))).resolves.toBeDefined();
    }
  });

  it('may do nothing without scopes where they are required', async () => {
    const verifier = verifierWith({ requireScopes: true });
    await expect(verifier.verify(signed(claims))).resolves.toMatchObject({ scopes: new Set() });
  });
});

const { iss: _iss, ...withoutIssuer } = claims;
const { aud: _aud, ...withoutAudience } = claims;
const { sub: _sub, ...withoutSubject } = claims;
const { exp: _exp, ...withoutExpiry } = claims;
const [goodHeader = '', goodPayload = '', goodSignature = ''] = signed(claims).split('.');
const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const forged = (itsHeader: object, signer = hmac('sha256', SECRET)): string =>
  compactJws(itsHeader, claims, signer);
const otherSecret = 'Tk4Yp8Vb2Nc6Xd0Zm5Qw1Er7Ul3As9Gh';

/** RFC 8725 §3, and rows A2 to A6 of the abuse catalogue. Every token is otherwise good. */
const refused: readonly (readonly [string, string])[] = [
  // §3.1, §3.2: the algorithm
  ['unsigned, alg none', compactJws({ alg: 'none' }, claims, () => Buffer.alloc(0))],
  ['unsigned, alg nOnE', compactJws({ alg: 'nOnE' }, claims, () => Buffer.alloc(0))],
  ['alg none with a good signature', forged({ ...header, alg: 'none' })],
  ['HS384 with the right key', forged({ ...header, alg: 'HS384' }, hmac('sha384', SECRET))],
  ['HS512 with the right key', forged({ ...header, alg: 'HS512' }, hmac('sha512', SECRET))],
  ['hs256 in lower case', forged({ ...header, alg: 'hs256' })],
  ['RS256 on a symmetric key', forged({ ...header, alg: 'RS256' })],
  ['EdDSA on a symmetric key', forged({ ...header, alg: 'EdDSA' })],
  ['without alg', forged({ typ: 'JWT' })],
  ['alg that is a list', forged({ ...header, alg: ['HS256'] })],
  // §3.3: the signature
  ['signed with another key', compactJws(header, claims, hmac('sha256', otherSecret))],
  ['signed with an empty key', compactJws(header, claims, hmac('sha256', ''))],
  ['without its signature', `${goodHeader}.${goodPayload}.`],
  ['without signature and dot', `${goodHeader}.${goodPayload}`],
  ['with half of its signature', `${goodHeader}.${goodPayload}.${goodSignature.slice(0, 22)}`],
  [
    'with a changed claim',
    `${goodHeader}.${base64url(JSON.stringify(but({ sub: 'x' })))}.${goodSignature}`,
  ],
  [
    'with a changed header',
    `${base64url(JSON.stringify({ alg: 'HS256' }))}.${goodPayload}.${goodSignature}`,
  ],
  // the form
  ['empty', ''],
  ['not a token', 'opaque-token'],
  ['of four parts', `${signed(claims)}.${goodSignature}`],
  ['of five parts (JWE)', `${base64url('{"alg":"dir","enc":"A256GCM"}')}..AAAA.AAAA.AAAA`],
  ['in a foreign alphabet', `${goodHeader}.${goodPayload}.${goodSignature.slice(0, -2)}*=`],
  ['with a header that is not JSON', signed(claims, '{"alg":"HS256"')],
  ['with a header that is a list', signed(claims, '["HS256"]')],
  ['with a header that is not UTF-8', `/w.${goodPayload}.${goodSignature}`],
  ['longer than 8 kB', signed(but({ padding: 'p'.repeat(8192) }))],
  // §2.10, RFC 7515 §4.1.11, RFC 7797: extensions
  ['with an unknown critical extension', signed(claims, { ...header, crit: ['x'], x: 1 })],
  ['with b64 true and critical', signed(claims, { ...header, crit: ['b64'], b64: true })],
  ['with b64 false and critical', unencodedPayload()],
  ['with b64 false, not critical', signed(claims, { ...header, b64: false })],
  ['with an empty crit', signed(claims, { ...header, crit: [] })],
  // §3.11: another kind of JWT
  ['of type logout+jwt', signed(claims, { ...header, typ: 'logout+jwt' })],
  ['of type dpop+jwt', signed(claims, { ...header, typ: 'dpop+jwt' })],
  ['of an empty type', signed(claims, { ...header, typ: '' })],
  ['of a type that is a list', signed(claims, { ...header, typ: ['JWT'] })],
  // the claims
  ['with a payload that is not JSON', signed('{"sub":')],
  ['with a payload that is a list', signed('[]')],
  ['with a payload that is a string', signed(`"${SUBJECT}"`)],
  ['with a payload that is null', signed('null')],
  ['with an empty payload', signed('')],
  ['without exp', signed(withoutExpiry)],
  ['with exp as a string', signed(but({ exp: String(NOW + 3600) }))],
  ['with exp null', signed(but({ exp: null }))],
  ['with exp beyond numbers', signed(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999'))],
  ['with nbf in the future', signed(but({ nbf: NOW + 61 }))],
  ['with nbf as a string', signed(but({ nbf: String(NOW) }))],
  ['with iat as a string', signed(but({ iat: String(NOW) }))],
  ['without sub', signed(withoutSubject)],
  ['with an empty sub', signed(but({ sub: '' }))],
  ['with sub as a number', signed(but({ sub: 42 }))],
  ['with sub as a list', signed(but({ sub: [SUBJECT] }))],
  ['with a sub of 256 characters', signed(but({ sub: 's'.repeat(256) }))],
  ['with a sub that has no UTF-8 form', signed(JSON.stringify(claims).replace(SUBJECT, '\\ud800'))],
  // §3.8, §3.9: issuer and audience
  ['without iss', signed(withoutIssuer)],
  ['of another issuer', signed(but({ iss: 'https://evil.example.com' }))],
  ['of an issuer with a slash more', signed(but({ iss: `${ISSUER}/` }))],
  ['of several issuers', signed(but({ iss: [ISSUER] }))],
  ['without aud', signed(withoutAudience)],
  ['for another audience', signed(but({ aud: 'other-api' }))],
  ['for other audiences', signed(but({ aud: ['other-api', 'task-api-2'] }))],
  ['for an audience that is an object', signed(but({ aud: { [AUDIENCE]: true } }))],
];

function unencodedPayload(): string {
  const itsHeader = { ...header, crit: ['b64'], b64: false };
  const encoded = base64url(JSON.stringify(itsHeader));
  const payload = JSON.stringify(claims);
  const signature = hmac('sha256', SECRET)(`${encoded}.${payload}`);
  return `${encoded}.${payload}.${Buffer.from(signature).toString('base64url')}`;
}

describe('a token that is refused', () => {
  it.each(refused)('is one %s', async (_, token) => {
    const verifier = verifierWith({ issuer: ISSUER, audience: AUDIENCE });
    const problem = await refusalOf(() => verifier.verify(token));

    expect(problem.code).toBe('invalid-token');
    expect(problem.headers['WWW-Authenticate']).toMatch(
      /^Bearer error="invalid_token", error_description="[\w ]+"$/,
    );
  });

  it.each([
    ['at exp and the clock tolerance', NOW - 60],
    ['long ago', 1],
    ['before time began', -1],
  ])('is one that expired %s', async (_, exp) => {
    const problem = await refusalOf(() => verifierWith({}).verify(signed(but({ exp }))));

    expect(problem.code).toBe('token-expired');
    expect(problem.headers).toEqual({
      'WWW-Authenticate':
        'Bearer error="invalid_token", error_description="The claim exp of the access token is in the past"',
    });
  });

  it.each([0, 5, 120])('keeps to a clock tolerance of %i s', async (clockTolerance) => {
    const verifier = verifierWith({ clockTolerance });
    const at = (changes: object) => verifier.verify(signed(but({ ...changes })));

    await expect(at({ nbf: NOW + clockTolerance })).resolves.toBeDefined();
    await expect(at({ exp: NOW - clockTolerance + 1 })).resolves.toBeDefined();
    expect((await refusalOf(() => at({ nbf: NOW + clockTolerance + 1 }))).code).toBe(
      'invalid-token',
    );
    expect((await refusalOf(() => at({ exp: NOW - clockTolerance }))).code).toBe('token-expired');
  });

  it.each([
    ['exp', { exp: NOW - 60 }, 'The claim exp of the access token is in the past'],
    ['nbf', { nbf: NOW + 61 }, 'The claim nbf of the access token is in the future'],
    ['nbf', { nbf: 'now' }, 'The claim nbf of the access token is missing or not accepted'],
    ['iat', { iat: 'now' }, 'The claim iat of the access token is missing or not accepted'],
    ['sub', { sub: '' }, 'The claim sub of the access token is missing or not accepted'],
  ])('names the claim %s to the client and to the log alike: %j', async (_, changes, reason) => {
    const problem = await refusalOf(() => verifierWith({}).verify(signed(but(changes))));

    expect(problem.reason).toBe(reason);
    expect(problem.headers['WWW-Authenticate']).toContain(`error_description="${reason}"`);
  });

  it('learns which claim is at fault, but only if its signature is valid', async () => {
    const verifier = verifierWith({ audience: AUDIENCE });
    const wrong = but({ aud: 'other-api' });
    const mine = await refusalOf(() => verifier.verify(signed(wrong)));
    const theirs = await refusalOf(() =>
      verifier.verify(compactJws(header, wrong, hmac('sha256', otherSecret))),
    );

    expect(mine.headers['WWW-Authenticate']).toContain('The claim aud ');
    expect(theirs.headers['WWW-Authenticate']).not.toContain('aud');
  });

  it('is refused where no issuer is configured but the claim is not a text', async () => {
    const problem = await refusalOf(() => verifierWith({}).verify(signed(but({ iss: 7 }))));
    expect(problem.code).toBe('invalid-token');
  });

  it.each(['jwk', 'jku', 'x5u', 'x5c'])('does not choose its own key by %s', async (parameter) => {
    const own = Buffer.from(otherSecret).toString('base64url');
    const value = {
      jwk: { kty: 'oct', k: own },
      jku: `data:application/json,{"keys":[{"kty":"oct","k":"${own}"}]}`,
      x5u: 'http://127.0.0.1:9/',
      x5c: [own],
    }[parameter];
    const token = compactJws(
      { ...header, [parameter]: value },
      claims,
      hmac('sha256', otherSecret),
    );
    expect((await refusalOf(() => verifierWith({}).verify(token))).code).toBe('invalid-token');
    // With the right key the parameter is merely ignored.
    const good = signed(claims, { ...header, [parameter]: value });
    await expect(verifierWith({}).verify(good)).resolves.toBeDefined();
  });

  it('is not remembered: it is as good as its own signature the next time, too', async () => {
    const verifier = verifierWith({});
    const early = signed(but({ nbf: NOW + 120 }));
    expect((await refusalOf(() => verifier.verify(early))).code).toBe('invalid-token');

    jest.advanceTimersByTime(60_000);
    await expect(verifier.verify(early)).resolves.toBeDefined();
  });
});

describe('a token that is known', () => {
  it('is answered at once, with the same identity', async () => {
    const verifier = verifierWith({});
    const token = signed(claims);
    const first = await verifier.verify(token);

    expect(verifier.verify(token)).toBe(first);
  });

  it('is refused once it has expired', async () => {
    const verifier = verifierWith({});
    const token = signed(but({ exp: NOW + 60 }));
    const identity = await verifier.verify(token);

    jest.advanceTimersByTime(119_999);
    expect(verifier.verify(token)).toBe(identity);
    jest.advanceTimersByTime(1);
    expect((await refusalOf(() => verifier.verify(token))).code).toBe('token-expired');
  });

  it('is verified again when the keys changed while it was verified', async () => {
    let version = 0;
    const changing = {
      ...keys,
      get version() {
        return version;
      },
      find: () => {
        version += 1;
        return Promise.resolve(Buffer.from(SECRET));
      },
    };
    const verifier = verifierFor(changing);
    const token = signed(claims);
    await verifier.verify(token);

    expect(verifier.verify(token)).toBeInstanceOf(Promise);
  });

  it('does not vouch for another that differs in its signature alone', async () => {
    const verifier = verifierWith({});
    await verifier.verify(signed(claims));
    const other = createHash('sha256').update('x').digest('base64url');

    const problem = await refusalOf(() => verifier.verify(`${goodHeader}.${goodPayload}.${other}`));
    expect(problem.code).toBe('invalid-token');
  });
});
