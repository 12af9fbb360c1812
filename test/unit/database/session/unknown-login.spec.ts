import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { newPool, openClient } from '../../../../src/database/session/client';
import { dataSourceOptions } from '../../../../src/database/schema/data-source-options';
import { UnknownLoginError } from '../../../../src/database/session/unknown-login';
import { explainStartFailure } from '../../../../src/server/start-failure';

describe('a server that asks for a login of another kind', () => {
  let server: Server;
  afterEach(() => {
    server.close();
  });

  const asking = async (code: number): Promise<number> => {
    // Authentication request: its type, its length, and the code of the login.
    const request = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, code]);
    server = createServer((socket) => {
      socket.once('data', () => socket.write(request));
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };

  it.each([
    [7, 'GSSAPI'],
    [9, 'SSPI'],
    [2, 'Kerberos V5'],
    [42, 'a way of the code 42'],
  ])('is told in one line: %d', async (code, way) => {
    const port = await asking(code);

    const opening = openClient({ host: '127.0.0.1', port, user: 'app', database: 'tasks' });

    await expect(opening).rejects.toThrow(UnknownLoginError);
    const { message, exitCode } = explainStartFailure(
      await opening.catch((error: unknown) => error),
    );
    expect(exitCode).toBe(69);
    expect(message).toBe(
      `The database cannot be used: the server asks for a login by ${way}: let pg_hba.conf ask this login for scram-sha-256`,
    );
  });

  it('ends no process that opens a session of a pool', async () => {
    const at = { host: '127.0.0.1', port: await asking(7), user: 'app', database: 'tasks' };
    const pool = newPool(at);
    const source = new DataSource(dataSourceOptions(at, 1));

    await expect(pool.query('select 1')).rejects.toThrow(UnknownLoginError);
    await expect(source.initialize()).rejects.toThrow(UnknownLoginError);

    await pool.end();
  });
});
