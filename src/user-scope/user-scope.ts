/**
 * The right to touch one user's rows. The private field makes the type nominal: no look-alike
 * object is assignable to it, and only the guard creates one. Every repository method takes it
 * first.
 */
export class UserScope {
  readonly #userId: string;

  private constructor(
    userId: string,
    private readonly onLastChange: (number: number) => void,
    /**
     * The number of a change that reads must include: they may run on a replica that has it. Undefined:
     * they run on the primary, which has all changes.
     */
    readonly readAfter: number | undefined,
  ) {
    this.#userId = userId;
  }

  /**
   * For the guard, and cli/operator-scope.ts; lint refuses it elsewhere.
   * @param userId lower-case UUID
   * @param onLastChange called with the last number of the user's feed, where the database gives it
   */
  static of(userId: string, onLastChange: (number: number) => void = () => undefined): UserScope {
    return new UserScope(userId, onLastChange, undefined);
  }

  get userId(): string {
    return this.#userId;
  }

  /** The same rows, for reads that need not be newer than this change. */
  readingAfter(number: number): UserScope {
    return new UserScope(this.#userId, this.onLastChange, number);
  }

  /** The same, for reads that must see every change. */
  readingNewest(): UserScope {
    return new UserScope(this.#userId, this.onLastChange, undefined);
  }

  /** The same, for reads that must include this change, too. */
  includingChange(number: number): UserScope {
    const { readAfter } = this;
    return readAfter === undefined ? this : this.readingAfter(Math.max(readAfter, number));
  }

  noteLastChange(number: number): void {
    this.onLastChange(number);
  }
}
