import { type ProblemError, retryLater } from '../problems/problem-error';

/** The results of the catalogue checks so far. */
export interface IsolationVerdict {
  /** Two checks in a row failed, and none has succeeded since. */
  readonly lost: boolean;
  /** How many checks had which outcome since the start. */
  readonly checks: Readonly<Record<CheckOutcome, number>>;
}

/** `failed`: the check could not run, for example because the database does not answer. */
export type CheckOutcome = 'right' | 'wrong' | 'failed';
export const CHECK_OUTCOMES: readonly CheckOutcome[] = ['right', 'wrong', 'failed'];

export const NOT_CHECKED_YET: IsolationVerdict = {
  lost: false,
  checks: { right: 0, wrong: 0, failed: 0 },
};

/** Checks the catalogue again, in this process or in its primary. */
export interface IsolationChecks {
  /** Notes a request. A check follows if the last one is long ago. */
  request(): void;
  /** Calls the listener with the latest verdict and each one from now on. */
  onVerdict(listener: (verdict: IsolationVerdict) => void): void;
}

/** Whether this process may serve, according to the checks of the catalogue. */
export class IsolationStatus {
  #verdict = NOT_CHECKED_YET;
  #onLoss: () => void = () => undefined;

  constructor(private readonly checks: IsolationChecks) {
    checks.onVerdict((verdict) => {
      this.#verdict = verdict;
      if (verdict.lost) this.#onLoss();
    });
  }

  /** Called whenever a check has found it lost, for answers that take long. */
  onLoss(listener: () => void): void {
    this.#onLoss = listener;
  }

  get verdict(): IsolationVerdict {
    return this.#verdict;
  }

  /** For each request: undefined if it may be served. */
  refusal(): ProblemError | undefined {
    this.checks.request();
    return this.#verdict.lost ? retryLater('isolation-lost') : undefined;
  }

  /**
   * For probes: the same, as far as known. Only a loss is checked again, so that it can end without
   * requests, and an idle database may sleep.
   */
  refusalOfProbe(): ProblemError | undefined {
    return this.#verdict.lost ? this.refusal() : undefined;
  }
}
