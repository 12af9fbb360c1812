import { describe, expect, it } from '@jest/globals';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { LocalCallerGuard } from '../../../../src/auth/development-issuer/local-caller.guard';
import type { ProblemError } from '../../../../src/problems/problem-error';

const HERE = { remoteAddress: '127.0.0.1' };

/** Whether a request with these headers, from this peer, passes. */
function passes(
  headers: object,
  socket: { remoteAddress: string | undefined } = HERE,
  line: { httpVersion?: string; originalUrl?: string } = {},
): boolean {
  const request = {
    ...{ httpVersion: '1.1', originalUrl: '/api/dev/token', ...line },
    headers: { host: 'localhost:3000', ...headers },
    socket,
  };
  try {
    return new LocalCallerGuard().canActivate(new ExecutionContextHost([request]));
  } catch (error) {
    expect((error as ProblemError).code).toBe('development-issuer-local-only');
    return false;
  }
}

describe('a caller on this machine', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('may come from %s', (peer) => {
    expect(passes({}, { remoteAddress: peer })).toBe(true);
  });

  it.each([
    undefined,
    '',
    '192.168.1.7',
    '10.0.0.1',
    '0.0.0.0',
    '128.0.0.1',
    '::',
    '::2',
    '::ffff:192.168.1.7',
    'fe80::1',
    '2001:db8::127.0.0.1',
    'localhost',
  ])('does not come from %s', (peer) => {
    expect(passes({}, { remoteAddress: peer })).toBe(false);
  });

  it.each(['localhost', 'LOCALHOST', 'localhost:3000', '127.0.0.1', '127.0.0.1:80', '[::1]:3000'])(
    'may ask for the host %s',
    (host) => {
      expect(passes({ host })).toBe(true);
    },
  );

  it.each([
    undefined,
    '',
    'tasks.example.com',
    'localhost.example.com',
    '127.0.0.1.example.com:3000',
    'evil.example.com:3000',
    'user@localhost',
    'localhost:3000:80',
    'localhost ',
    '::1',
    '0.0.0.0:3000',
    '127.0.0.2',
  ])('does not ask for the host %j', (host) => {
    expect(passes({ host })).toBe(false);
  });

  it.each([
    'forwarded',
    'via',
    'x-real-ip',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-anything',
    'x-client-ip',
    'x-cluster-client-ip',
    'cf-connecting-ip',
    'cf-ray',
    'true-client-ip',
    'fastly-client-ip',
    'cdn-loop',
    'x-original-for',
    'x-envoy-external-address',
    'x-amzn-trace-id',
    'x-azure-clientip',
    'x-arr-log-id',
  ])('does not come through a proxy, which adds %s', (header) => {
    expect(passes({ [header]: '127.0.0.1' })).toBe(false);
  });

  it('speaks HTTP/1.1, and not the 1.0 of a proxy', () => {
    expect(passes({}, HERE, { httpVersion: '1.0' })).toBe(false);
  });

  it.each([
    'http://evil.example.com/api/dev/token',
    'http://localhost:3000/api/dev/token',
    'HTTPS://localhost/api/dev/token',
  ])('does not ask as one asks a proxy, for %s', (originalUrl) => {
    expect(passes({}, HERE, { originalUrl })).toBe(false);
  });

  it.each([
    ['localhost:3000', 'http://localhost:3000'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['localhost', 'http://localhost'],
  ])('at %s may be a page of this server: %s', (host, origin) => {
    expect(passes({ host, origin })).toBe(true);
    expect(passes({ host, origin, 'sec-fetch-site': 'same-origin' })).toBe(true);
  });

  it.each([
    'https://evil.example.com',
    'http://localhost:5173',
    'http://localhost',
    'https://localhost:3000',
    'http://127.0.0.1:3000',
    'http://localhost:3000.evil.example.com',
    'null',
    '',
  ])('is not a page of another origin: %j', (origin) => {
    expect(passes({ origin })).toBe(false);
  });

  it('is not sent by a page of another site or server', () => {
    expect(passes({ 'sec-fetch-site': 'none' })).toBe(true);
    expect(passes({ 'sec-fetch-site': 'cross-site' })).toBe(false);
    expect(passes({ 'sec-fetch-site': 'same-site' })).toBe(false);
  });
});
