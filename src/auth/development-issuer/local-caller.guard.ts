import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { BlockList } from 'node:net';
import { ProblemError } from '../../problems/problem-error';

const LOOPBACK_ADDRESSES = new BlockList();
LOOPBACK_ADDRESSES.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK_ADDRESSES.addAddress('::1', 'ipv6');

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;
/** By proxies, content delivery networks, load balancers and tunnels. */
const ADDED_BY_PROXIES =
  /^(forwarded|via|cdn-loop|true-client-ip|x-(real|client|cluster-client)-ip|(x-forwarded|x-original|x-envoy|x-amzn|x-arr|x-azure|cf|fastly)-.*)$/;
/** What nginx speaks to servers, unless it is told otherwise. */
const OLD_HTTP = '1.0';

/**
 * Lets a route answer only programs on this machine that talk to it directly. A proxy that leaves no
 * mark looks like one of them, so a server that issues its own tokens must never be behind one.
 * @throws ProblemError `development-issuer-local-only`
 */
@Injectable()
export class LocalCallerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (isLocal(request)) return true;
    throw new ProblemError('development-issuer-local-only');
  }
}

function isLocal({ socket, headers, httpVersion, originalUrl }: Request): boolean {
  return (
    isLoopbackAddress(socket.remoteAddress) &&
    httpVersion !== OLD_HTTP &&
    // RFC 9112 §3.2.2: a target such as http://… is for proxies, and counts more than Host.
    originalUrl.startsWith('/') &&
    // A foreign name for this address means a page that had its name point here (DNS rebinding).
    LOOPBACK_HOST.test(headers.host ?? '') &&
    !Object.keys(headers).some((name) => ADDED_BY_PROXIES.test(name)) &&
    // Pages of other sites, and of other servers on this machine, may not ask in the user's name.
    (headers.origin === undefined || headers.origin === `http://${headers.host}`) &&
    [undefined, 'same-origin', 'none'].includes(headers['sec-fetch-site'])
  );
}

function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  // The list knows that ::ffff:127.0.0.1 is 127.0.0.1.
  return LOOPBACK_ADDRESSES.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
