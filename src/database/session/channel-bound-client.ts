import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ClientConfig } from 'pg';
import { SessionClient } from './session-client';

const BINDING_MECHANISM = 'SCRAM-SHA-256-PLUS';

/** The login did not prove that the server at the end of TLS knows the password. */
export class ChannelNotBoundError extends Error {
  constructor() {
    super('the server does not offer channel binding, which channel_binding=require demands');
    this.name = 'ChannelNotBoundError';
  }
}

/** pg's client as it is at run time: it emits an event for each message of the server. */
interface Session {
  readonly connection: EventEmitter & { readonly stream: Duplex };
  enableChannelBinding: boolean;
  /** Null once the signature of the server has been checked. */
  readonly saslSession?: object | null;
}

/**
 * A client for `channel_binding=require`. pg binds the channel where the server offers to, and logs in
 * without it where it does not; this one ends such a login before it sends a password or a proof of it.
 */
export class ChannelBoundClient extends SessionClient {
  constructor(config?: ClientConfig) {
    super(config);
    const session = this as unknown as Session;
    // Not by a copy of the configuration: a pool hides the password in it, and a copy would lack that.
    session.enableChannelBinding = true;
    const { connection } = session;
    const emit = connection.emit.bind(connection);
    connection.emit = (event: string, ...details: unknown[]): boolean => {
      if (!isWithoutBinding(event, details[0])) {
        const heard = emit(event, ...details);
        // From now on the server is known, and its messages need no check.
        if (event === 'authenticationSASLFinal' && session.saslSession === null) {
          connection.emit = emit;
        }
        return heard;
      }
      connection.stream.destroy();
      return emit('error', new ChannelNotBoundError());
    };
  }
}

/** Whether this message of the server asks for another login, or says that none is needed. */
function isWithoutBinding(event: string, message: unknown): boolean {
  if (event === 'authenticationSASL') {
    const { mechanisms } = message as { readonly mechanisms: readonly string[] };
    return !mechanisms.includes(BINDING_MECHANISM);
  }
  return event === 'readyForQuery' || /^authentication(?!SASL)/.test(event);
}
