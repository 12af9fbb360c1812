import type { Env } from '../../config/env';
import type { DatabaseEndpoint } from '../../database/connection-settings';
import type { IsolationVerdict } from '../../user-scope/isolation-looks';
import type { StartFailure } from '../start-failure';
import type { Snapshot } from './worker-metrics';

export interface Assignment {
  readonly type: 'serve';
  readonly env: Env;
  /** Where `env` names no database. Without the owner: only the primary migrates. */
  readonly embedded: Pick<DatabaseEndpoint, 'api'>;
}

/** What a worker is told over the channel that ties it to its primary. */
export type ToWorker =
  | Assignment
  | { readonly type: 'stop' }
  | { readonly type: 'report-metrics' }
  | { readonly type: 'isolation'; readonly verdict: IsolationVerdict };

/** What it answers. */
export type FromWorker =
  | { readonly type: 'serving'; readonly url: string }
  | { readonly type: 'not-started'; readonly failure: StartFailure }
  /** A request has come: the primary should look at the isolation, if it is time. */
  | { readonly type: 'look' }
  | { readonly type: 'metrics'; readonly snapshot: Snapshot };
