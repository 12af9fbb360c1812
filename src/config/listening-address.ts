/** Where the server listens unless the environment says otherwise. */
export const DEFAULT_PORT = 3000;

const LOOPBACK = '127.0.0.1';
/** Addresses that stand for every one of the machine. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::', '*'];

/**
 * Where a process of this machine reaches the server, without a look at the rest of the
 * configuration: reading all of it takes longer than a probe may.
 */
export function localUrl({ PORT, HOST }: Readonly<Record<string, string | undefined>>): string {
  const port = PORT === undefined || PORT === '' ? DEFAULT_PORT : Number(PORT);
  const host = HOST === undefined || HOST === '' || WILDCARDS.includes(HOST) ? LOOPBACK : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
