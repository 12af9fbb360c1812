import { Client, type ClientConfig } from 'pg';
import type { ConnectionSettings } from './connection-settings';

/** pg's configuration of a session, and the class of its client if the URL asks for one of its own. */
export type ClientSettings = ClientConfig & Pick<ConnectionSettings, 'Client'>;

/** A client that is not connected yet. A Pool knows `Client` by itself. */
export function newClient({ Client: Session = Client, ...config }: ClientSettings): Client {
  return new Session(config);
}
