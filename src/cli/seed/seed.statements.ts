import type { CompiledStatement } from '../../database/compiled-statement';
import { taskTransferStatements } from '../../tasks/transfer/task-transfer.statements';

/** Existing rows stay unchanged, so a seed may be repeated, or continued after Ctrl-C. */
export const seedStatements = {
  /** [email, created_at] */
  user: {
    name: 'seed_user',
    text: `insert into users (id, email, created_at) values ($1, $2, $3)
      on conflict (id) do nothing`,
  },
  /** transferValues */
  tasks: taskTransferStatements.tasks,
} as const satisfies Record<string, CompiledStatement>;
