import { type Client, type ClientConfig, Pool, type PoolConfig } from 'pg';
import type { ConnectionSettings } from './connection-settings';
import { SessionClient } from './session-client';

/** pg's configuration of a session, and the class of its client if the URL asks for one of its own. */
export type ClientSettings = ClientConfig & Pick<ConnectionSettings, 'Client'>;

/** A client that is not connected yet. */
export function newClient({ Client: Session = SessionClient, ...config }: ClientSettings): Client {
  return new Session(config);
}

/** A pool of such clients; the caller handles the loss of idle ones. */
export function newPool(settings: ClientSettings & PoolConfig): Pool {
  return new Pool({ Client: SessionClient, ...settings });
}

/** @throws the driver's error */
export async function openClient(settings: ClientSettings): Promise<Client> {
  const client = newClient(settings);
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
 * A session that ends with the work.
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
