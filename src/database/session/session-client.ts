import { Client, type ClientConfig } from 'pg';
import { failAtUnknownLogin } from './unknown-login';

/** pg's client for every session: nothing that happens to it ends the process. */
export class SessionClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    // Whatever is under way is rejected with the reason. A pool, and TypeORM, listen only now and then.
    this.on('error', () => undefined);
    failAtUnknownLogin(this);
  }
}
