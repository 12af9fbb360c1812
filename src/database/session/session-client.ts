import { Client, type ClientConfig } from 'pg';
import { failAtUnknownLogin } from './unknown-login';

/** pg's client for every session: nothing that happens to it ends the process. */
export class SessionClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    // Statements in progress are rejected with the reason. Pools and TypeORM do not always listen.
    this.on('error', () => undefined);
    failAtUnknownLogin(this);
  }
}
