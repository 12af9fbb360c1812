/** The results of the checks of the catalogue so far. */
export interface IsolationVerdict {
  /** Found wrong twice in a row, and not right since. */
  readonly lost: boolean;
  /** How many checks had which outcome since the start. */
  readonly looks: Readonly<Record<LookOutcome, number>>;
}

/** `failed`: the check could not run, for example because the database does not answer. */
export type LookOutcome = 'right' | 'wrong' | 'failed';
export const LOOK_OUTCOMES: readonly LookOutcome[] = ['right', 'wrong', 'failed'];

export const NOT_LOOKED_YET: IsolationVerdict = {
  lost: false,
  looks: { right: 0, wrong: 0, failed: 0 },
};

/** Checks the catalogue again, in this process or in its primary. */
export interface IsolationLooks {
  /** Notes a request. A check follows if the last one is long ago. */
  request(): void;
  /** Calls the listener with the latest verdict and each one from now on. */
  onVerdict(listener: (verdict: IsolationVerdict) => void): void;
}
