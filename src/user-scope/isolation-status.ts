import { retryLater, type ProblemError } from '../problems/problem-error';
import { type IsolationLooks, type IsolationVerdict, NOT_LOOKED_YET } from './isolation-looks';

/** Whether this process may serve, according to the checks of the catalogue. */
export class IsolationStatus {
  #verdict = NOT_LOOKED_YET;
  #onLoss: () => void = () => undefined;

  constructor(private readonly looks: IsolationLooks) {
    looks.onVerdict((verdict) => {
      this.#verdict = verdict;
      if (verdict.lost) this.#onLoss();
    });
  }

  /** Called whenever a check has found it lost, for answers that are on their way for long. */
  onLoss(listener: () => void): void {
    this.#onLoss = listener;
  }

  get verdict(): IsolationVerdict {
    return this.#verdict;
  }

  /** For each request: undefined if it may be served. */
  refusal(): ProblemError | undefined {
    this.looks.request();
    return this.#verdict.lost ? retryLater('isolation-lost') : undefined;
  }

  /**
   * For probes: the same as far as it is known. Only a loss is looked at again, so that it can end
   * without requests, and an idle database may sleep.
   */
  refusalOfProbe(): ProblemError | undefined {
    return this.#verdict.lost ? this.refusal() : undefined;
  }
}
