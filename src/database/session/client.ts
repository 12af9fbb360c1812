import { Client, type ClientConfig } from 'pg';
import type { ConnectionSettings } from './connection-settings';
import { failAtUnknownLogin } from './unknown-login';

/** pg's configuration of a session, and the class of its client if the URL asks for one of its own. */
export type ClientSettings = ClientConfig & Pick<ConnectionSettings, 'Client'>;

/** A client that is not connected yet. A Pool knows `Client` by itself. */
export function newClient({ Client: Session = Client, ...config }: ClientSettings): Client {
  const client = new Session(config);
  // Whatever is under way is rejected with the reason.
  client.on('error', () => undefined);
  return client;
}

/** @throws the driver's error */
export async function openClient(settings: ClientSettings): Promise<Client> {
  const client = newClient(settings);
  failAtUnknownLogin(client);
  try {
    await client.connect();
    return client;
  } catch (error) {
    // A login that failed half-way also leaves a connection, which would keep this process running.
    await client.end();
    throw error;
  }
}

/**
 * A session that ends with what it is for.
 * @throws the driver's error
 */
export async function withClient<Result>(
  settings: ClientSettings,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await openClient(settings);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
