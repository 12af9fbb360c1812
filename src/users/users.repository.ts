import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import {
  type CompiledStatement,
  type Row,
  rfc3339,
  type StatementValue,
} from '../database/compiled-statement';
import { FairTurns } from '../database/pool/fair-turns';
import { Lanes } from '../database/lanes/lanes';
import { ScopedPool } from '../database/pool/scoped-pool';
import type { UserScope } from '../user-scope/user-scope';
import { User } from './user.entity';
import { deleteUserStatement, usersStatements, type UsersStatements } from './users.statements';

export interface UserRow {
  readonly id: string;
  readonly email: string | null;
  /** RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
}

/** The conflicting account of the same user may be gone when it is read. */
const INSERT_ATTEMPTS = 2;

/**
 * Accounts that are written at a time. With an address each takes a batch, of some 25 ms on Citus, and what
 * waits in a lane for more than a second is refused: a crowd of new users waits for these turns instead.
 */
const WRITES_AT_ONCE = 8;

/** Thrown where an address belongs to another account. */
export class EmailTakenError extends Error {}

/** The caller's own row; no other row is accessible. */
@Injectable()
export class UsersRepository {
  readonly #statements: UsersStatements;
  readonly #delete: string;
  readonly #turns: FairTurns;

  constructor(
    @InjectRepository(User) users: Repository<User>,
    private readonly lanes: Lanes,
    private readonly pool: ScopedPool,
  ) {
    this.#statements = lanes.register(usersStatements(users));
    this.#delete = deleteUserStatement(users);
    const waitMs = pool.waits.forAccount;
    this.#turns = new FairTurns({ places: WRITES_AT_ONCE, reserved: 0, ofUser: 1, waitMs });
  }

  async find(scope: UserScope): Promise<UserRow | undefined> {
    const [row] = await this.lanes.run(scope, this.#statements.find, []);
    return row === undefined ? undefined : userRow(row);
  }

  /**
   * Nothing where the user exists already.
   * @throws EmailTakenError
   */
  async insert(scope: UserScope, email: string | null): Promise<UserRow | undefined> {
    for (let attempt = 1; attempt <= INSERT_ATTEMPTS; attempt += 1) {
      const [row] = await this.#write(scope, this.#statements.insert, [email]);
      if (row !== undefined) return row[3] === 't' ? userRow(row) : undefined;
      // Two concurrent requests create the same account: the address of the loser is its own.
      if (email === null || (await this.find(scope)) !== undefined) return undefined;
    }
    throw new EmailTakenError();
  }

  /**
   * Nothing where the user does not exist.
   * @throws EmailTakenError
   */
  async setEmail(scope: UserScope, email: string): Promise<UserRow | undefined> {
    const [row] = await this.#write(scope, this.#statements.setEmail, [email]);
    if (row?.[3] === 't') throw new EmailTakenError();
    return row === undefined ? undefined : userRow(row);
  }

  /** Whether there was an account to erase. */
  async delete(scope: UserScope): Promise<boolean> {
    const rows = await this.pool.run(scope, this.#delete, [], { isUrgent: true, numbers: 1 });
    return rows.length > 0;
  }

  async #write(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
  ): Promise<readonly Row[]> {
    const { userId } = scope;
    const endTurn = await this.#turns.take({ userId, isUrgent: false, signal: undefined });
    return this.lanes.run(scope, statement, values).finally(endTurn);
  }
}

/** @param row begins with the columns of a user */
function userRow([id, email = null, createdAt]: Row): UserRow {
  return { id: id ?? '', email, createdAt: rfc3339(createdAt ?? '') };
}
