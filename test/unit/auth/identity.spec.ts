import { describe, expect, it } from '@jest/globals';
import {
  formerUserIdOf,
  identityFrom,
  normalizeEmail,
  userIdOf as idOf,
} from '../../../src/auth/identity';
import { issuerRules, OWN_SCOPE_NAMES } from '../../support/app/issuers';

const ISSUER = 'https://id.example.com';
const UUID_V4 = '9b2d1c74-5b0e-4f6a-8a43-0d6f3c5e7a11';
const UUID_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const RULES = issuerRules();
const userIdOf = (issuer: string, subject: string, rules = RULES): string =>
  idOf(issuer, subject, rules);

const claims = { sub: UUID_V4, exp: 2_000_000_000 };

describe('user id', () => {
  it('is the subject where that is a UUID in lower case', () => {
    expect(userIdOf(ISSUER, UUID_V4)).toBe(UUID_V4);
    expect(userIdOf('https://other.example.com', UUID_V4)).toBe(UUID_V4);
  });

  it.each([
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '018f3c5e-7a11-7f6a-8a43-0d6f3c5e7a11',
    '9b2d1c74-5b0e-5f6a-ca43-0d6f3c5e7a11',
  ])('takes over a UUID of any version: %s', (subject) => {
    expect(userIdOf(ISSUER, subject)).toBe(subject);
  });

  it.each([
    'auth0|5f7c8ec7c33c6c004bbafe82',
    '42',
    `{${UUID_V4}}`,
    `urn:uuid:${UUID_V4}`,
    UUID_V4.replaceAll('-', ''),
    UUID_V4.toUpperCase(),
    UUID_V4.replace('b', 'B'),
    '00000000-0000-0000-0000-00000000000A',
    `${UUID_V4} `,
    `${UUID_V4}\n`,
    'ada@example.com',
    'ünïcödé',
  ])('is derived from any other subject: %j', (subject) => {
    const id = userIdOf(ISSUER, subject);
    expect(id).toMatch(UUID_V8);
    expect(userIdOf(ISSUER, subject)).toBe(id);
  });

  it('never changes for a subject', () => {
    // Stored rows carry these ids. A change here orphans the tasks of everyone.
    expect(userIdOf(ISSUER, 'ada')).toBe('97b82970-cfe1-8b8d-873d-b8f24d5ffb11');
    expect(userIdOf('', '42')).toBe('4fd11297-4985-8c68-9cb7-4a2d86f1e53c');
  });

  it('tells issuers apart, and subjects by their case', () => {
    const ids = [
      userIdOf(ISSUER, 'ada'),
      userIdOf('https://other.example.com', 'ada'),
      userIdOf(ISSUER, 'Ada'),
      userIdOf(`${ISSUER}/`, 'ada'),
      userIdOf(ISSUER, UUID_V4),
      userIdOf(ISSUER, UUID_V4.toUpperCase()),
      userIdOf(ISSUER, UUID_V4.replace('b', 'B')),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [
      ['a"', '"b'],
      ['a', '""b'],
    ],
    [
      ['a","b', 'c'],
      ['a', 'b","c'],
    ],
    [
      ['a\\', 'b'],
      ['a', '\\b'],
    ],
  ])('keeps issuer and subject apart: %j and %j', ([issuer1, subject1], [issuer2, subject2]) => {
    expect(userIdOf(String(issuer1), String(subject1))).not.toBe(
      userIdOf(String(issuer2), String(subject2)),
    );
  });

  it('cannot be taken by choosing the id of another user as the own subject', () => {
    const victim = userIdOf(ISSUER, 'ada');
    expect(userIdOf(ISSUER, victim)).not.toBe(victim);
    expect(userIdOf(ISSUER, victim.toUpperCase())).not.toBe(victim);
  });

  it('was another one for a UUID with upper-case letters, and for no other subject', () => {
    const derived = userIdOf(ISSUER, 'ada');
    expect(formerUserIdOf(UUID_V4.toUpperCase())).toBe(UUID_V4);
    expect(formerUserIdOf(UUID_V4.replace('b', 'B'))).toBe(UUID_V4);
    for (const subject of [UUID_V4, derived, derived.toUpperCase(), 'Ada', `{${UUID_V4}}`]) {
      expect(formerUserIdOf(subject)).toBeUndefined();
    }
  });
});

describe('e-mail address', () => {
  it('is lower-case', () => {
    expect(normalizeEmail('Ada.Lovelace@Example.COM')).toBe('ada.lovelace@example.com');
  });

  it.each([
    'ada',
    'ada@',
    '@example.com',
    'ada@example',
    'ada@example.com ',
    'ada@example.com\u0000',
    'a b@example.com',
    'Ada <ada@example.com>',
    `${'a'.repeat(65)}@example.com`,
    '',
    42,
    null,
    undefined,
    ['ada@example.com'],
  ])('is nothing when it cannot be one: %j', (value) => {
    expect(normalizeEmail(value)).toBeNull();
  });

  it('has at most 254 characters', () => {
    const domain = `${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}.example`;
    const longest = `${'a'.repeat(63)}@${domain}`;
    expect(longest).toHaveLength(254);
    expect(normalizeEmail(longest)).toBe(longest);
    expect(normalizeEmail(`a${longest}`)).toBeNull();
    // One character that becomes two in lower case.
    expect(normalizeEmail(`İ${longest.slice(1)}`)).toBeNull();
  });
});

describe('identity', () => {
  it('says who calls, and until when', () => {
    expect(identityFrom({ ...claims, iss: ISSUER }, RULES)).toEqual({
      userId: UUID_V4,
      subject: UUID_V4,
      email: null,
      scopes: 'unrestricted',
      scopeNames: OWN_SCOPE_NAMES,
      expiresAt: 2_000_000_000,
    });
  });

  it('keeps the subject as the issuer wrote it', () => {
    expect(identityFrom({ ...claims, sub: UUID_V4.toUpperCase() }, RULES).subject).toBe(
      UUID_V4.toUpperCase(),
    );
  });

  it('derives the user id from the issuer in the token, if it names one', () => {
    const other = { ...claims, sub: 'ada' };
    expect(identityFrom({ ...other, iss: ISSUER }, RULES).userId).toBe(userIdOf(ISSUER, 'ada'));
    expect(identityFrom(other, RULES).userId).toBe(userIdOf('', 'ada'));
  });

  it('cannot be changed: many requests share it', () => {
    expect(() => Object.assign(identityFrom(claims, RULES), { userId: 'x' })).toThrow(TypeError);
  });

  it('has an e-mail address only when the issuer has verified it', () => {
    const emailWhen = (verified: object): string | null =>
      identityFrom({ ...claims, email: 'Ada@example.com', ...verified }, RULES).email;

    expect(emailWhen({ email_verified: true })).toBe('ada@example.com');
    expect(emailWhen({})).toBeNull();
    expect(emailWhen({ email_verified: false })).toBeNull();
    expect(emailWhen({ email_verified: 'true' })).toBeNull();
    expect(emailWhen({ email_verified: 1 })).toBeNull();
    expect(emailWhen({ email_verified: true, email: 'nonsense' })).toBeNull();
  });

  it.each<[string, object, string | null]>([
    [
      'another claim, where the configuration names it',
      { emailVerified: 'verified' },
      'ada@a.example',
    ],
    [
      'always, where the issuer confirms every address',
      { emailVerified: 'always' },
      'ada@a.example',
    ],
    ['not by the usual claim, where another is named', { emailVerified: 'mail_ok' }, null],
  ])('takes an address as verified by %s', (_, rules, email) => {
    const token = { ...claims, email: 'Ada@a.example', verified: true, email_verified: true };
    expect(identityFrom(token, issuerRules(rules)).email).toBe(email);
    // Anything but true is not true.
    const loose = { ...token, verified: 'true', email_verified: 1 };
    expect(identityFrom(loose, issuerRules({ emailVerified: 'verified' })).email).toBeNull();
  });

  it('names the user by the claim that the configuration names', () => {
    const rules = issuerRules({ userClaim: 'oid' });
    const oid = '6f0c9e1a-2b3c-4d5e-8f90-a1b2c3d4e5f6';
    const identity = identityFrom({ ...claims, oid, sub: 'pairwise' }, rules);

    expect(identity).toMatchObject({ subject: oid, userId: oid });
  });
});

describe('a user of an issuer whose UUIDs are not taken over', () => {
  const other = issuerRules({ takesOverUuids: false });

  it('is never the user of another issuer who has the same UUID', () => {
    const id = userIdOf(ISSUER, UUID_V4, other);
    expect(id).toMatch(UUID_V8);
    expect(id).not.toBe(userIdOf(ISSUER, UUID_V4));
    expect(id).not.toBe(userIdOf('https://other.example.com', UUID_V4, other));
  });

  it('has the id that any other subject of that issuer would have had', () => {
    expect(userIdOf(ISSUER, 'ada', other)).toBe(userIdOf(ISSUER, 'ada'));
  });

  it('is another one by another claim', () => {
    const byOid = issuerRules({ takesOverUuids: false, userClaim: 'oid' });
    expect(userIdOf(ISSUER, 'ada', byOid)).not.toBe(userIdOf(ISSUER, 'ada', other));
  });
});
