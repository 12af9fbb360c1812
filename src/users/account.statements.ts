import type { CompiledStatement } from '../database/compiled-statement';

/** Statements on one account, for the operator's commands; `$1` is the user. */
export const accountStatements = {
  /** Rows of (email, created_at as RFC 3339, number of tasks). */
  facts: {
    name: 'account_facts',
    text: `select
        email,
        to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        (select count(*) from tasks where user_id = $1)
      from users
      where id = $1`,
  },
  /** Rows of (email, created_at): nobody writes a task of the user until the transaction ends. */
  lock: {
    name: 'account_lock',
    numbers: 1,
    text: 'select email, created_at from users where id = $1 for update',
  },
  /** [created_at]: nothing where the account is there. Its address comes when nobody else has it. */
  make: {
    name: 'account_make',
    text: `insert into users (id, email, created_at)
      values ($1, null, $2::timestamptz(3))
      on conflict (id) do nothing`,
  },
  /** [email | null]: an account that has an address keeps it. */
  adopt: {
    name: 'account_adopt',
    text: 'update users set email = coalesce(email, $2) where id = $1',
  },
  /** With all its tasks. */
  remove: { name: 'account_remove', text: 'delete from users where id = $1' },
} as const satisfies Record<string, CompiledStatement>;
