import { isIP } from 'node:net';

/** Where the server listens unless the environment says otherwise. */
export const DEFAULT_PORT = 3000;

const LOOPBACK = '127.0.0.1';
/** Addresses that stand for every one of the machine. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];
const NAME = /^[a-z\d]([a-z\d._-]*[a-z\d])?$/i;

/** What is wrong with an address or a name to listen on; undefined where nothing is. */
export function hostFault(host: unknown): string | undefined {
  if (typeof host === 'string') {
    if (isIP(host) !== 0 || NAME.test(host)) return undefined;
    const [, inBrackets] = /^\[(.*)\]$/.exec(host) ?? [];
    if (inBrackets !== undefined && isIP(inBrackets) === 6) {
      return `must be without brackets: ${inBrackets}`;
    }
  }
  return 'must be an address or a name such as 127.0.0.1, :: or localhost, without scheme, port and path';
}

/**
 * The URL of the server for a process on this machine, without the rest of the configuration:
 * reading all of it takes too long for a probe.
 */
export function localUrl({ PORT, HOST }: Readonly<Record<string, string | undefined>>): string {
  const port = PORT === undefined || PORT === '' ? DEFAULT_PORT : Number(PORT);
  const host = HOST === undefined || HOST === '' || WILDCARDS.includes(HOST) ? LOOPBACK : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
