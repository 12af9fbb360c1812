import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../src/database/session/connection-settings';
import type { Detour } from './pooler';

/** Puts a distance between every contestant and its database: so many milliseconds each way. */
export async function atDistance(
  endpoint: DatabaseEndpoint,
  milliseconds: number,
): Promise<Detour> {
  const api = await distantLink(endpoint.api, milliseconds);
  const owner = await distantLink(endpoint.owner, milliseconds);
  return {
    endpoint: { ...endpoint, api: api.settings, owner: owner.settings },
    stop: async () => {
      await api.stop();
      await owner.stop();
    },
  };
}

interface DistantLink {
  readonly settings: ConnectionSettings;
  stop(): Promise<void>;
}

async function distantLink(
  settings: ConnectionSettings,
  milliseconds: number,
): Promise<DistantLink> {
  const { host = 'localhost', port = 5432 } = settings;
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
  const { port: own } = server.address() as AddressInfo;
  return {
    settings: { ...settings, host: '127.0.0.1', port: own },
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
