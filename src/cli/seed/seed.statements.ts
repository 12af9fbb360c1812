import type { CompiledStatement } from '../../database/compiled-statement';

/** What is there already stays as it is, so a seed may be repeated, or continued after Ctrl-C. */
export const seedStatements = {
  /** [user id, email, created_at] */
  user: {
    name: 'seed_user',
    text:
      'insert into users (id, email, created_at) values ($1, $2, $3)' +
      ' on conflict (id) do nothing',
  },
  /** [user id, ids, titles, descriptions, completed, created_at]: arrays of equal length. */
  tasks: {
    name: 'seed_tasks',
    text:
      'insert into tasks (user_id, id, title, description, completed, version, created_at, updated_at)' +
      ' select $1::uuid, id, title, description, completed, 1, created_at, created_at' +
      ' from unnest($2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz(3)[])' +
      ' as task (id, title, description, completed, created_at)' +
      ' on conflict (user_id, id) do nothing',
  },
} as const satisfies Record<string, CompiledStatement>;
