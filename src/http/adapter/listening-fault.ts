import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Why a server cannot listen there; nothing is accepted meanwhile. A port that is free now may be
 * taken a moment later, so this only finds a fault earlier than `listen` would.
 */
export async function listeningFault(host: string, port: number): Promise<Error | undefined> {
  const server = createServer((socket) => socket.destroy());
  try {
    await once(server.listen({ host, port, exclusive: true }), 'listening');
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    server.close();
  }
}
