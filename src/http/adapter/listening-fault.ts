import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * What keeps a server from listening there; nothing is accepted meanwhile. A port that is free now
 * may be taken a moment later, so this only finds early what `listen` would find late.
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
