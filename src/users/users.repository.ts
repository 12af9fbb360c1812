import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { CompiledStatement, StatementValue } from '../database/compiled-statement';
import { violates } from '../database/database-errors';
import { Lanes } from '../database/lanes';
import { ScopedPool } from '../database/scoped-pool';
import type { UserScope } from '../user-scope/user-scope';
import { User } from './user.entity';
import { deleteUserStatement, usersStatements, type UsersStatements } from './users.statements';

export interface UserRow {
  readonly id: string;
  readonly email: string | null;
  /** RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
}

/** Thrown where an address belongs to another account. */
export class EmailTakenError extends Error {}

/** The caller's own row; like every row, no other one is in reach. */
@Injectable()
export class UsersRepository {
  readonly #statements: UsersStatements;
  readonly #delete: string;

  constructor(
    @InjectRepository(User) users: Repository<User>,
    private readonly lanes: Lanes,
    private readonly pool: ScopedPool,
  ) {
    this.#statements = lanes.register(usersStatements(users));
    this.#delete = deleteUserStatement(users);
  }

  find(scope: UserScope): Promise<UserRow | undefined> {
    return this.#one(scope, this.#statements.find, []);
  }

  /**
   * Nothing where the user exists already.
   * @throws EmailTakenError
   */
  async insert(scope: UserScope, email: string | null): Promise<UserRow | undefined> {
    try {
      return await this.#withEmail(scope, this.#statements.insert, email);
    } catch (error) {
      // Two requests at once make the same account: the address of the one that loses is its own.
      const exists = error instanceof EmailTakenError && (await this.find(scope)) !== undefined;
      if (exists) return undefined;
      throw error;
    }
  }

  /**
   * Nothing where the user does not exist.
   * @throws EmailTakenError
   */
  setEmail(scope: UserScope, email: string): Promise<UserRow | undefined> {
    return this.#withEmail(scope, this.#statements.setEmail, email);
  }

  /** Whether there was an account to erase. */
  async delete(scope: UserScope): Promise<boolean> {
    const rows = await this.pool.run(scope, this.#delete, [], { isUrgent: true });
    return rows.length > 0;
  }

  async #withEmail(
    scope: UserScope,
    statement: CompiledStatement,
    email: string | null,
  ): Promise<UserRow | undefined> {
    try {
      return await this.#one(scope, statement, [email]);
    } catch (error) {
      if (violates(error, 'uq_users_email')) throw new EmailTakenError();
      throw error;
    }
  }

  async #one(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
  ): Promise<UserRow | undefined> {
    const [row] = await this.lanes.run(scope, statement, values);
    if (row === undefined) return undefined;
    const [id, email = null, createdAt] = row;
    return { id: id ?? '', email, createdAt: createdAt ?? '' };
  }
}
