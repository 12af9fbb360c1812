import type { Request } from 'express';
import { isIPv4, isIPv6 } from 'node:net';

const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The key for clients that are not authenticated yet: the address that Express finds with
 * TRUST_PROXY, or its /64 in IPv6, where one client has 2^64 addresses. Everything that is no
 * address (a proxy may forward anything) counts as one client.
 */
export function clientNetwork({ ip = '' }: Request): string {
  const [, mapped] = IPV4_IN_IPV6.exec(ip) ?? [];
  if (mapped !== undefined) return mapped;
  if (isIPv4(ip)) return ip;
  return isIPv6(ip) ? `${firstFourGroups(ip).join(':')}::/64` : 'unknown';
}

function firstFourGroups(address: string): readonly string[] {
  const [left = '', right] = address.split('::');
  const before = groupsOf(left);
  const after = groupsOf(right ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16));
}

function groupsOf(part: string): readonly string[] {
  return part === '' ? [] : part.split(':');
}
