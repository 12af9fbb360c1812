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
    'client-ip',
    'x-remote-addr',
    'x-source-ip',
    'x-proxyuser-ip',
    'fly-client-ip',
    'x-appengine-user-ip',
    'x-cloud-trace-context',
    'x-amz-cf-id',
    'x-vercel-id',
    'x-nf-client-connection-ip',
    'ngrok-auth-user-email',
    'incap-client-ip',
    'proxy-connection',
  ])('does not come through a proxy, which adds %s', (header) => {
    expect(passes({ [header]: '127.0.0.1' })).toBe(false);
  });

  it.each([
    // http-proxy in Vite, with and without changeOrigin: the headers of the browser.
    { host: 'localhost:5173', origin: 'http://localhost:5173', 'sec-fetch-site': 'same-origin' },
    { host: '127.0.0.1:3000', origin: 'http://localhost:5173', 'sec-fetch-site': 'same-origin' },
    // The same with xfwd.
    {
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'localhost:5173',
      'x-forwarded-port': '5173',
      'x-forwarded-proto': 'http',
    },
    // A rewrite of Next: its server names the caller, and so does its proxy.
    {
      host: '127.0.0.1:3000',
      origin: 'http://localhost:3001',
      'x-forwarded-for': '::ffff:127.0.0.1,::ffff:127.0.0.1',
      'x-forwarded-host': 'localhost:3001',
      'x-forwarded-port': '3001,3001',
      'x-forwarded-proto': 'http,http',
    },
    { 'x-forwarded-for': '::1, 127.0.0.1' },
    { 'x-forwarded-host': '[::1]:3001' },
  ])('may come through the proxy of a development server: %j', (headers) => {
    expect(passes(headers)).toBe(true);
  });

  it.each([
    { 'x-forwarded-for': '192.168.1.7' },
    { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' },
    { 'x-forwarded-for': '203.0.113.9, 127.0.0.1' },
    { 'x-forwarded-for': '' },
    { 'x-forwarded-for': '127.0.0.1,' },
    { 'x-forwarded-for': 'unknown' },
    { 'x-forwarded-for': 'localhost' },
    { 'x-forwarded-host': 'tasks.example.com' },
    { 'x-forwarded-host': 'localhost:3000, tasks.example.com' },
    { 'x-forwarded-host': '192.168.1.7:5173' },
    { 'x-forwarded-host': 'localhost.example.com' },
    { 'x-forwarded-proto': 'file' },
    { 'x-forwarded-port': '443;' },
    { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-prefix': '/tasks' },
    { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-server': 'proxy' },
    { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' },
    { 'x-forwarded-for': '127.0.0.1', via: '1.1 proxy' },
  ])('does not come through a proxy for somebody else: %j', (headers) => {
    expect(passes(headers)).toBe(false);
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
    'http://localhost:3000',
    'http://localhost:5173',
    'http://localhost',
    'https://localhost:3000',
    'https://localhost',
    'http://127.0.0.1:5173',
    'http://[::1]:5173',
  ])('may be a page of this machine: %s', (origin) => {
    expect(passes({ origin })).toBe(true);
    for (const site of ['same-origin', 'same-site', 'cross-site']) {
      expect(passes({ origin, 'sec-fetch-site': site })).toBe(true);
    }
  });

  it.each([
    'https://evil.example.com',
    'http://localhost:3000.evil.example.com',
    'http://localhost.evil.example.com',
    'http://evil.example.com/localhost',
    'http://xlocalhost:3000',
    'http://user@localhost:3000',
    'http://localhost:3000/',
    'http://LOCALHOST:3000',
    'http://127.0.0.2:3000',
    'http://0.0.0.0:3000',
    'http://192.168.1.7:5173',
    'capacitor://localhost',
    'chrome-extension://localhost',
    'file://localhost',
    'file://',
    'ws://localhost:3000',
    'http://localhost:5173, http://localhost:5173',
    'null',
    '',
  ])('is not a page of another machine, nor an extension: %j', (origin) => {
    expect(passes({ origin })).toBe(false);
    expect(passes({ origin, 'sec-fetch-site': 'same-origin' })).toBe(false);
  });

  it('is not sent by a page of another site or server that does not say where it is from', () => {
    expect(passes({ 'sec-fetch-site': 'none' })).toBe(true);
    expect(passes({ 'sec-fetch-site': 'same-origin' })).toBe(true);
    expect(passes({ 'sec-fetch-site': 'cross-site' })).toBe(false);
    expect(passes({ 'sec-fetch-site': 'same-site' })).toBe(false);
    expect(passes({ 'sec-fetch-site': 'something-new' })).toBe(false);
  });
});
