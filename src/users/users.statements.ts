import type { Repository } from 'typeorm';
import { type CompiledStatement, composeStatement } from '../database/compiled-statement';
import type { User } from './user.entity';

/** The columns of a user that clients see; rows are read by position. */
const PROPERTIES = ['id', 'email', 'createdAt'];
const COLUMNS = 'id, email, created_at';

/**
 * Fraction of a batch. An account without an address locks nothing but itself. Citus makes one on all nodes,
 * and one transaction at a time does so: few of them share a commit, so that others need not wait for long.
 */
const COST_WITHOUT_EMAIL = 1 / 8;

export type UsersStatements = ReturnType<typeof usersStatements>;

/**
 * Every statement on users that touches one row; `$1` is the user's own id. A write of an address goes
 * alone: it also locks the address, and otherwise it could lose it to a write that is later rolled
 * back. Addresses arrive in lower case, but PostgreSQL decides which letters have one: it checks
 * the column.
 */
export function usersStatements(users: Repository<User>) {
  return {
    find: {
      name: 'user_find',
      text: composeStatement(
        users
          .createQueryBuilder('user')
          .select(PROPERTIES.map((property) => `user.${property}`))
          .where('user.id = :owner'),
        [],
      ),
    },
    /**
     * [email | null]: the user, and whether it is new. No row where the address is another user's,
     * or where a concurrent insert has just won; as an error, PostgreSQL would log either. The
     * query builder knows no UNION.
     */
    insert: {
      name: 'user_insert',
      isOnAllNodes: true,
      cost: ([email]) => (email == null ? COST_WITHOUT_EMAIL : 1),
      text: `with written as (
          insert into users (id, email, created_at)
          values ($1, lower($2), now())
          on conflict do nothing
          returning ${COLUMNS}
        )
        select ${COLUMNS}, true from written
        union all
        select ${COLUMNS}, false from users
        where users.id = $1 and not exists (select from written)`,
    },
    /**
     * [email]: the user, and whether the address is another user's: then it is as before. A function of
     * a migration, for the same reason. What begins with SELECT would go to a lane for reads.
     */
    setEmail: {
      name: 'user_set_email',
      isOnAllNodes: true,
      cost: () => 1,
      text: `with changed as (
          select * from change_email($1::uuid, $2::text)
        )
        select ${COLUMNS}, taken from changed`,
    },
  } as const satisfies Record<string, CompiledStatement>;
}

/**
 * Erases an account; its tasks go by cascade, O(tasks of that user), so it runs on the pool. It locks
 * the feed first, as every write does: else it could wait for a create that waits for it.
 */
export function deleteUserStatement(users: Repository<User>): string {
  return composeStatement(
    users.createQueryBuilder().delete().where('id = :owner').returning(['id']),
    [],
  );
}
