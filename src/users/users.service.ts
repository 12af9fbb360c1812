import { Injectable } from '@nestjs/common';
import type { Identity } from '../auth/identity';
import { ProblemError, retryLater } from '../problems/problem-error';
import type { UserScope } from '../user-scope/user-scope';
import { EmailTakenError, type UserRow, UsersRepository } from './users.repository';

export interface RefreshedUser {
  readonly user: UserRow;
  readonly created: boolean;
}

/** A refresh may meet a deletion of the same account, and then starts over. */
const REFRESH_ATTEMPTS = 3;

@Injectable()
export class UsersService {
  /** By user. */
  readonly #provisions = new Map<string, Promise<void>>();

  constructor(private readonly users: UsersRepository) {}

  /**
   * Creates the caller's row if it is missing, once for all requests that wait for it. The address never
   * prevents that: one that another account has is left out.
   */
  async provision(scope: UserScope, identity: Identity): Promise<void> {
    const { userId } = scope;
    const begun = this.#provisions.get(userId);
    if (begun !== undefined) return begun;
    const provision = this.#insert(scope, identity).finally(() => {
      this.#provisions.delete(userId);
    });
    this.#provisions.set(userId, provision);
    return provision;
  }

  async #insert(scope: UserScope, { email }: Identity): Promise<void> {
    try {
      await this.users.insert(scope, email);
    } catch (error) {
      if (!(error instanceof EmailTakenError)) throw error;
      await this.users.insert(scope, null);
    }
  }

  /**
   * Creates the caller's row, or updates its address from the token.
   * @throws ProblemError `email-taken`: only here, where the caller asks for it, and only to the
   * caller.
   */
  async refresh(scope: UserScope, { email }: Identity): Promise<RefreshedUser> {
    try {
      for (let attempt = 1; attempt <= REFRESH_ATTEMPTS; attempt += 1) {
        const inserted = await this.users.insert(scope, email);
        if (inserted !== undefined) return { user: inserted, created: true };
        const stored = await this.#update(scope, email);
        if (stored !== undefined) return { user: stored, created: false };
      }
    } catch (error) {
      if (error instanceof EmailTakenError) throw new ProblemError('email-taken');
      throw error;
    }
    throw retryLater('busy');
  }

  /** @throws ProblemError `user-not-provisioned` */
  async get(scope: UserScope): Promise<UserRow> {
    const user = await this.users.find(scope);
    if (user === undefined) throw new ProblemError('user-not-provisioned');
    return user;
  }

  /**
   * Erases the account and all its tasks.
   * @throws ProblemError `user-not-provisioned`
   */
  async delete(scope: UserScope): Promise<void> {
    if (!(await this.users.delete(scope))) throw new ProblemError('user-not-provisioned');
  }

  /** A token without an address does not change the stored one. */
  #update(scope: UserScope, email: string | null): Promise<UserRow | undefined> {
    return email === null ? this.users.find(scope) : this.users.setEmail(scope, email);
  }
}
