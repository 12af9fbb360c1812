import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList } from 'node:net';
import { ProblemError } from '../../problems/problem-error';

const LOOPBACK_ADDRESSES = new BlockList();
LOOPBACK_ADDRESSES.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK_ADDRESSES.addAddress('::1', 'ipv6');

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;
/** The origins of pages that a server on this machine serves, at any port. */
export const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;
/** By proxies, content delivery networks, load balancers and tunnels. */
const ADDED_BY_PROXIES =
  /^(forwarded|via|cdn-loop|client-ip|(.+-)?(client|real|remote|user|proxyuser|connecting|source|originating|host)-?(ip|addr|address)|(x-forwarded|x-original|x-envoy|x-amzn?|x-arr|x-azure|x-appengine|x-cloud|x-goog|x-vercel|x-nf|x-ms|x-varnish|x-proxy|x-cdn|ali-cdn|ngrok|akamai|cf|fly|fastly|incap|proxy)-.*)$/;
/** What nginx uses towards servers, unless configured otherwise. */
const OLD_HTTP = '1.0';

/**
 * The headers that the proxies of development servers (Vite, Next) add, and the values they may
 * have.
 */
const OF_DEVELOPMENT_PROXIES: Readonly<Record<string, (value: string) => boolean>> = {
  'x-forwarded-for': (address) => isLoopbackAddress(address),
  'x-forwarded-host': (host) => LOOPBACK_HOST.test(host),
  'x-forwarded-port': (port) => /^\d{1,5}$/.test(port),
  'x-forwarded-proto': (scheme) => /^(https?|wss?)$/.test(scheme),
};

/**
 * Whether the request shows that it comes from this machine: directly, or through a local proxy
 * from a local client.
 */
export function isLocalCaller({ socket, headers, httpVersion, originalUrl }: Request): boolean {
  return (
    isLoopbackAddress(socket.remoteAddress) &&
    httpVersion !== OLD_HTTP &&
    // RFC 9112 §3.2.2: a target such as http://… is for proxies, and counts more than Host.
    originalUrl.startsWith('/') &&
    // A foreign name for this address means a page that had its name point here (DNS rebinding).
    LOOPBACK_HOST.test(headers.host ?? '') &&
    proxiesAreLocal(headers)
  );
}

/** Whether the caller is not a page, or is a page of this machine. */
function isLocalPage({ headers }: Request): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined) return LOOPBACK_ORIGIN.test(origin);
  return site === undefined || site === 'same-origin' || site === 'none';
}

function proxiesAreLocal(headers: IncomingHttpHeaders): boolean {
  return Object.entries(headers).every(([name, value]) => {
    if (!ADDED_BY_PROXIES.test(name)) return true;
    const isLocal = OF_DEVELOPMENT_PROXIES[name];
    return (
      isLocal !== undefined &&
      String(value)
        .split(',')
        .every((part) => isLocal(part.trim()))
    );
  });
}

function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  // The list knows that ::ffff:127.0.0.1 is 127.0.0.1.
  return LOOPBACK_ADDRESSES.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/**
 * Lets a route answer only programs and pages of this machine. A proxy that leaves no mark looks like
 * one of them, so a server that issues its own tokens must never be behind one that others reach.
 * @throws ProblemError `development-issuer-local-only`
 */
@Injectable()
export class LocalCallerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (isLocalCaller(request) && isLocalPage(request)) return true;
    throw new ProblemError('development-issuer-local-only');
  }
}
