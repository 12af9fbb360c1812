import { describe, expect, it } from '@jest/globals';
import { issuerFault } from '../../../../src/auth/tokens/trusted-issuer';

const EXACT = { issuer: 'https://id.example.com' };
const PATTERN = { issuer: 'https://login.example.com/{tid}/v2.0' };
const TENANTS = { ...PATTERN, tenants: ['one', 'two'] };
const iss = (tenant: string): string => `https://login.example.com/${tenant}/v2.0`;

describe('the issuer of a token', () => {
  it.each([
    [{ iss: 'https://id.example.com' }, EXACT],
    [{ iss: 'https://id.example.com', tid: 'x' }, EXACT],
    [{ iss: iss('one'), tid: 'one' }, PATTERN],
    [{ iss: iss('a.b'), tid: 'a.b' }, PATTERN],
    [{ iss: iss('two'), tid: 'two' }, TENANTS],
    [{}, {}],
    [{ iss: 'anything' }, {}],
  ])('is the one that is meant: %j', (claims, rules) => {
    expect(issuerFault(rules, claims)).toBeUndefined();
  });

  it.each<[Readonly<Record<string, unknown>>, Parameters<typeof issuerFault>[0], string]>([
    [{}, EXACT, 'iss'],
    [{ iss: 'https://id.example.com/' }, EXACT, 'iss'],
    [{ iss: 'HTTPS://id.example.com' }, EXACT, 'iss'],
    [{ iss: ['https://id.example.com'] }, EXACT, 'iss'],
    [{ iss: 7 }, {}, 'iss'],
    [{ iss: iss('one') }, PATTERN, 'iss'],
    // The tenant that signed, and another one's name.
    [{ iss: iss('one'), tid: 'two' }, PATTERN, 'iss'],
    [{ iss: iss('{tid}'), tid: '{tid}' }, PATTERN, 'iss'],
    [{ iss: iss(''), tid: '' }, PATTERN, 'iss'],
    [{ iss: iss('one/two'), tid: 'one/two' }, PATTERN, 'iss'],
    [{ iss: iss('a?b'), tid: 'a?b' }, PATTERN, 'iss'],
    [{ iss: iss('one'), tid: ['one'] }, PATTERN, 'iss'],
    [{ iss: iss('$&'), tid: '$&' }, PATTERN, 'iss'],
    [{ iss: iss('three'), tid: 'three' }, TENANTS, 'tid'],
    [{ iss: iss('One'), tid: 'One' }, TENANTS, 'tid'],
  ])('is not the one that is meant: %j', (claims, rules, fault) => {
    expect(issuerFault(rules, claims)).toBe(fault);
  });
});
