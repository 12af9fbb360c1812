/** What the looks at the catalogue have told so far. */
export interface IsolationVerdict {
  /** Found wrong twice in a row, and not right since. */
  readonly lost: boolean;
  /** How many looks ended how since the start. */
  readonly looks: Readonly<Record<LookOutcome, number>>;
}

/** `failed`: nobody could look, for example because the database does not answer. */
export type LookOutcome = 'right' | 'wrong' | 'failed';
export const LOOK_OUTCOMES: readonly LookOutcome[] = ['right', 'wrong', 'failed'];

export const NOT_LOOKED_YET: IsolationVerdict = {
  lost: false,
  looks: { right: 0, wrong: 0, failed: 0 },
};

/** Whoever looks at the catalogue again: this process, or the one that leads it. */
export interface IsolationLooks {
  /** Says that a request has come. A look follows if the last one is long ago. */
  request(): void;
  /** Has the listener told each verdict from now on, and the latest. */
  onVerdict(listener: (verdict: IsolationVerdict) => void): void;
}
