import type { DevelopmentIssuer } from '../../auth/development-issuer/development-issuer';
import type { ScopedWrite } from '../../database/operator/bulk-writer';
import { transferValues } from '../../tasks/transfer/task-transfer.statements';
import { seedTask, yearBefore } from './seed-task';
import { seedStatements } from './seed.statements';

export interface SeedPlan {
  readonly users: number;
  /** In total; if they cannot be divided evenly, the first users get one more. */
  readonly tasks: number;
  /** The tasks are created in the year before. */
  readonly untilMs: number;
}

/** The writes of one transaction. */
export interface SeedBatch {
  readonly writes: readonly ScopedWrite[];
  readonly rows: number;
}

interface SeedUser {
  readonly number: number;
  readonly id: string;
  readonly email: string;
  readonly tasks: number;
}

/** Large enough to hide the cost of a commit; writes of its users wait for it. */
const BATCH_ROWS = 1_000;

/** Everything that a plan writes, in order. The whole is never in memory. */
export async function* seedBatches(
  plan: SeedPlan,
  issuer: DevelopmentIssuer,
): AsyncGenerator<SeedBatch> {
  let writes: ScopedWrite[] = [];
  let rows = 0;
  for (let number = 1; number <= plan.users; number += 1) {
    const user = await seedUser(number, plan, issuer);
    writes.push(userWrite(user, plan));
    rows += 1;
    for (let written = 0; written < user.tasks;) {
      const count = Math.min(user.tasks - written, BATCH_ROWS - rows);
      writes.push(tasksWrite(user, { first: written + 1, count }, plan));
      written += count;
      rows += count;
      if (rows < BATCH_ROWS) continue;
      yield { writes, rows };
      writes = [];
      rows = 0;
    }
  }
  if (rows > 0) yield { writes, rows };
}

export function seedEmail(userNumber: number): string {
  return `seed-user-${String(userNumber).padStart(6, '0')}@example.com`;
}

async function seedUser(
  number: number,
  { users, tasks }: SeedPlan,
  issuer: DevelopmentIssuer,
): Promise<SeedUser> {
  const email = seedEmail(number);
  // A token for this address gives access to these tasks.
  const { userId } = await issuer.issue({ email, lifetimeSeconds: 1 });
  const share = Math.floor(tasks / users) + (number <= tasks % users ? 1 : 0);
  return { number, id: userId, email, tasks: share };
}

function userWrite({ id, email }: SeedUser, { untilMs }: SeedPlan): ScopedWrite {
  const createdAt = new Date(yearBefore(untilMs)).toISOString();
  return { userId: id, statement: seedStatements.user, values: [email, createdAt] };
}

function tasksWrite(
  { number, id }: SeedUser,
  { first, count }: { readonly first: number; readonly count: number },
  { untilMs }: SeedPlan,
): ScopedWrite {
  const tasks = Array.from({ length: count }, (_, index) => {
    const task = seedTask(number, first + index, untilMs);
    const { id: taskId, createdAtMs, completedAtMs, ...fields } = task;
    const updatedAtMs = completedAtMs ?? createdAtMs;
    return { id: taskId, fields, completedAtMs, createdAtMs, updatedAtMs };
  });
  return { userId: id, statement: seedStatements.tasks, values: transferValues(tasks) };
}
