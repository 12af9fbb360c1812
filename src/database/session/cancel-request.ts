import type { Client } from 'pg';
import { type ClientSettings, newClient } from './client';

/** pg's client as it is at run time: what it was greeted with, and the messages that it writes. */
interface Session {
  readonly processID: number;
  readonly secretKey: number;
  readonly connection: {
    startup: () => void;
    cancel(processID: number, secretKey: number): void;
  };
}

/**
 * Asks PostgreSQL to stop this client's statement, over a separate connection, encrypted like any
 * other. PostgreSQL answers by closing it, whether or not there was something to stop. The request
 * may arrive late, so the client must not be used again.
 */
export async function sendCancelRequest(config: ClientSettings, target: Client): Promise<void> {
  const { processID, secretKey } = target as unknown as Session;
  const client = newClient(config);
  const { connection } = client as unknown as Session;
  // It takes the place of the first message of a session.
  connection.startup = () => {
    connection.cancel(processID, secretKey);
  };
  await client.connect().catch(() => undefined);
}
