import type { Env } from '../../config/env';
import type { DatabaseEndpoint } from '../../database/session/connection-settings';
import type { IsolationVerdict } from '../../user-scope/isolation-status';
import type { StartFailure } from '../start-failure';
import type { Snapshot } from './worker-metrics';

export interface Assignment {
  readonly type: 'serve';
  readonly env: Env;
  /** Where `env` names no database. Without the owner: only the primary migrates. */
  readonly embedded: Pick<DatabaseEndpoint, 'api'>;
}

/** What the primary sends to a worker. */
export type ToWorker =
  | Assignment
  | { readonly type: 'stop' }
  | { readonly type: 'report-metrics' }
  | { readonly type: 'isolation'; readonly verdict: IsolationVerdict };

/** What a worker sends to the primary. */
export type FromWorker =
  | { readonly type: 'serving'; readonly url: string }
  | { readonly type: 'not-started'; readonly failure: StartFailure }
  /** A request has arrived: the primary should check the isolation, if it is time. */
  | { readonly type: 'check' }
  | { readonly type: 'metrics'; readonly snapshot: Snapshot };
