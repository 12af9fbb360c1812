import type { Registry } from 'prom-client';

/** HTTP on a database that the caller provides. */
export interface HttpService {
  /** Where the API answers, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Reads the metrics; absent without ADMIN_PORT. */
  readonly metrics?: () => Promise<Registry>;
  /** Fulfils with the reason if the service cannot continue; otherwise stays pending. */
  readonly failed: Promise<string>;
  /** Lets clients finish, then stops. */
  stop(): Promise<void>;
}
