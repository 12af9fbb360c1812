import {
  type IsolationChecks,
  type IsolationVerdict,
  NOT_CHECKED_YET,
} from '../../user-scope/isolation-status';
import type { FromWorker } from './worker-messages';

/** The primary limits its checks itself; this only avoids a message for each request. */
const ASK_EVERY_MS = 1_000;

/** The checks of the primary, as a worker requests them and receives their verdicts. */
export class PrimaryIsolationChecks implements IsolationChecks {
  #verdict = NOT_CHECKED_YET;
  #listener: (verdict: IsolationVerdict) => void = () => undefined;
  #askedAt = -Infinity;

  request(): void {
    const now = performance.now();
    if (now - this.#askedAt < ASK_EVERY_MS) return;
    this.#askedAt = now;
    process.send?.({ type: 'check' } satisfies FromWorker);
  }

  onVerdict(listener: (verdict: IsolationVerdict) => void): void {
    this.#listener = listener;
    listener(this.#verdict);
  }

  /** A verdict of the primary. */
  report(verdict: IsolationVerdict): void {
    this.#verdict = verdict;
    this.#listener(verdict);
  }
}
