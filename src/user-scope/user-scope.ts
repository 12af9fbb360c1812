/**
 * The right to touch one user's rows. The private field makes the type nominal: no look-alike
 * object is assignable to it, and only the guard creates one. Every repository method takes it
 * first.
 */
export class UserScope {
  readonly #userId: string;

  private constructor(userId: string) {
    this.#userId = userId;
  }

  /**
   * For the guard, and cli/operator-scope.ts; lint refuses it elsewhere.
   * @param userId lower-case UUID
   */
  static of(userId: string): UserScope {
    return new UserScope(userId);
  }

  get userId(): string {
    return this.#userId;
  }
}
