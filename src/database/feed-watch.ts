/** @param isWatched whether somebody, in any process, watches the feed of this user */
export type ChangeListener = (userId: string, isWatched: boolean) => void;

/** Reports the changes that this process has committed, so that those who watch a feed can read it. */
export class FeedWatch {
  #listener: ChangeListener = () => undefined;

  onChange(listener: ChangeListener): void {
    this.#listener = listener;
  }

  /** Called once for each statement that took a number, after the commit. */
  changed(userId: string, isWatched: boolean): void {
    this.#listener(userId, isWatched);
  }

  /** A session has ended, perhaps after its commit: a wake-up in vain costs a read. */
  mayHaveChanged(userId: string): void {
    this.#listener(userId, true);
  }
}
