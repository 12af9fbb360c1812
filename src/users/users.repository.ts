import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { CompiledStatement, Row, StatementValue } from '../database/compiled-statement';
import { violates } from '../database/database-errors';
import { Lanes } from '../database/lanes/lanes';
import { ScopedPool } from '../database/scoped-pool';
import { rfc3339 } from '../database/session/timestamp-text';
import type { UserScope } from '../user-scope/user-scope';
import { User } from './user.entity';
import { deleteUserStatement, usersStatements, type UsersStatements } from './users.statements';

export interface UserRow {
  readonly id: string;
  readonly email: string | null;
  /** RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
}

/** The account of the same user that was in the way may be gone when it is looked for. */
const INSERT_ATTEMPTS = 2;

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
    for (let attempt = 1; attempt <= INSERT_ATTEMPTS; attempt += 1) {
      const [row] = await this.lanes.run(scope, this.#statements.insert, [email]);
      if (row !== undefined) return row[3] === 't' ? userRow(row) : undefined;
      // Two requests at once make the same account: the address of the one that loses is its own.
      if (email === null || (await this.find(scope)) !== undefined) return undefined;
    }
    throw new EmailTakenError();
  }

  /**
   * Nothing where the user does not exist.
   * @throws EmailTakenError
   */
  async setEmail(scope: UserScope, email: string): Promise<UserRow | undefined> {
    try {
      return await this.#one(scope, this.#statements.setEmail, [email]);
    } catch (error) {
      if (violates(error, 'uq_users_email')) throw new EmailTakenError();
      throw error;
    }
  }

  /** Whether there was an account to erase. */
  async delete(scope: UserScope): Promise<boolean> {
    const rows = await this.pool.run(scope, this.#delete, [], { isUrgent: true });
    return rows.length > 0;
  }

  async #one(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
  ): Promise<UserRow | undefined> {
    const [row] = await this.lanes.run(scope, statement, values);
    return row === undefined ? undefined : userRow(row);
  }
}

/** @param row of USER_COLUMNS */
function userRow([id, email = null, createdAt]: Row): UserRow {
  return { id: id ?? '', email, createdAt: rfc3339(createdAt ?? '') };
}
