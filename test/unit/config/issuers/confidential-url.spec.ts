import { describe, expect, it } from '@jest/globals';
import { isConfidential } from '../../../../src/config/issuers/confidential-url';

describe('a place for keys', () => {
  it.each([
    ['https://id.example.com/keys', true],
    ['http://localhost:4000/keys', true],
    ['http://127.0.0.1/keys', true],
    ['http://[::1]:4000/keys', true],
    ['http://id.example.com/keys', false],
    ['http://localhost.example.com/keys', false],
    ['http://127.0.0.1.example.com/keys', false],
    ['http://192.168.0.1/keys', false],
    ['ftp://localhost/keys', false],
    ['file:///keys', false],
  ])('%s: confidential %s', (url, expected) => {
    expect(isConfidential(new URL(url))).toBe(expected);
  });
});
