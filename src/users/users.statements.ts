import type { Repository } from 'typeorm';
import type { CompiledStatement } from '../database/compiled-statement';
import type { User } from './user.entity';

export type UsersStatements = ReturnType<typeof usersStatements>;

/**
 * Every statement on users that touches one row; `$1` is the user's own id. A write goes alone: it
 * locks an address, too, which somebody else may want, and must not be refused one for a write that
 * is undone after all. Addresses come in lower
 * case already, but which letters have one is PostgreSQL's to say: it checks the column.
 */
export function usersStatements({ metadata }: Repository<User>) {
  const users = metadata.tablePath;
  const answer =
    `${users}.id, ${users}.email,` +
    ` to_char(${users}.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return {
    find: { name: 'user_find', text: `select ${answer} from ${users} where ${users}.id = $1` },
    /**
     * [email | null]: the user, and whether it is new. No row where the address is another user's, or
     * where a concurrent insert has just won; as an error, PostgreSQL would log either.
     */
    insert: {
      name: 'user_insert',
      cost: () => 1,
      text:
        `with written as (insert into ${users} (id, email, created_at) values ($1, lower($2), now())` +
        ` on conflict do nothing returning ${answer})` +
        ' select *, true from written union all' +
        ` select ${answer}, false from ${users}` +
        ` where ${users}.id = $1 and not exists (select from written)`,
    },
    /** [email] */
    setEmail: {
      name: 'user_set_email',
      cost: () => 1,
      text: `update ${users} set email = lower($2) where ${users}.id = $1 returning ${answer}`,
    },
  } as const satisfies Record<string, CompiledStatement>;
}

/** Erases an account; its tasks go by cascade, O(tasks of that user), so it runs on the pool. */
export function deleteUserStatement({ metadata }: Repository<User>): string {
  const users = metadata.tablePath;
  return `delete from ${users} where ${users}.id = $1 returning ${users}.id`;
}
