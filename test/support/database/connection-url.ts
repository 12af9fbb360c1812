import type { ConnectionSettings } from '../../../src/database/session/connection-settings';

/** As a URL, which libpq and pg both read; a Unix socket's directory goes into the query. */
export function urlOf({ host, port, user, password, database }: ConnectionSettings): string {
  const credentials = `${String(user)}:${encodeURIComponent(String(password))}`;
  // Not URLSearchParams, which writes a blank as a plus.
  const place = `host=${encodeURIComponent(String(host))}&port=${String(port)}`;
  return `postgresql://${credentials}@/${String(database)}?${place}`;
}
