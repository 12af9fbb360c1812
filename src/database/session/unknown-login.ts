import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Client } from 'pg';

/** Of PostgreSQL's protocol: ways to log in that pg does not know, by their code. */
const WAYS: Readonly<Record<string, string>> = {
  2: 'Kerberos V5',
  6: 'SCM credentials',
  7: 'GSSAPI',
  9: 'SSPI',
};
/** What pg's parser throws. */
const UNKNOWN_WAY = /^Unknown authenticationOk message type (\d+)$/;

/** The server asks for a login that is not possible from here. */
export class UnknownLoginError extends Error {
  constructor(code: string) {
    super(`the server asks for a login by ${WAYS[code] ?? `a way of the code ${code}`}`);
    this.name = 'UnknownLoginError';
  }
}

/** pg's client as it is at run time. */
interface Session {
  readonly connection: EventEmitter & { attachListeners: (stream: Duplex) => void };
}

/**
 * Lets `connect` fail where the server asks for such a login. pg throws then while it reads from the
 * socket, where nobody could catch it.
 */
export function failAtUnknownLogin(client: Client): void {
  const { connection } = client as unknown as Session;
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    attach(stream);
    const read = stream.listeners('data').at(-1) as ((bytes: Buffer) => void) | undefined;
    if (read === undefined) return;
    const logIn = (bytes: Buffer): void => {
      try {
        read.call(stream, bytes);
      } catch (error) {
        const [, code] = UNKNOWN_WAY.exec((error as Error).message) ?? [];
        if (code === undefined) throw error;
        stream.destroy();
        connection.emit('error', new UnknownLoginError(code));
      }
    };
    stream.off('data', read).on('data', logIn);
    connection.once('readyForQuery', () => stream.off('data', logIn).on('data', read));
  };
}
