import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { DatabaseEndpoint } from '../src/database/session/connection-settings';
import type { Detour } from './pooler';

/** Puts a distance between every contestant and its database: so many milliseconds each way. */
export async function atDistance(
  endpoint: DatabaseEndpoint,
  milliseconds: number,
): Promise<Detour> {
  const { host = 'localhost', port = 5432 } = endpoint.owner;
  const target = host.startsWith('/') ? { path: join(host, `.s.PGSQL.${port}`) } : { host, port };
  const sockets = new Set<Socket>();
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay();
    from.on('data', (chunk) => setTimeout(() => to.write(chunk), milliseconds));
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      setTimeout(() => to.destroy(), milliseconds);
    });
  };
  const server = createServer((client) => {
    const database = connect(target);
    pass(client, database);
    pass(database, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const place = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  return {
    endpoint: {
      ...endpoint,
      api: { ...endpoint.api, ...place },
      owner: { ...endpoint.owner, ...place },
    },
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
