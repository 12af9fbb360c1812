import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevelopmentIssuer } from '../../../../src/auth/development-issuer/development-issuer';
import { type SeedBatch, seedBatches, seedEmail } from '../../../../src/cli/seed/seed-plan';
import { seedStatements } from '../../../../src/cli/seed/seed.statements';

const UNTIL = Date.UTC(2026, 10, 1);

let directory: string;
let issuer: DevelopmentIssuer;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'task-api-seed-plan-'));
  issuer = DevelopmentIssuer.open(directory);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function batchesOf(users: number, tasks: number): Promise<SeedBatch[]> {
  const batches: SeedBatch[] = [];
  for await (const batch of seedBatches({ users, tasks, untilMs: UNTIL }, issuer)) {
    batches.push(batch);
  }
  return batches;
}

/** The ids of the tasks of each user. */
async function taskIdsOf(users: number, tasks: number): Promise<Map<string, string[]>> {
  const ids = new Map<string, string[]>();
  for (const { writes } of await batchesOf(users, tasks)) {
    for (const { userId, statement, values } of writes) {
      const known = ids.get(userId) ?? [];
      const more = statement === seedStatements.tasks ? (values[0] as string[]) : [];
      ids.set(userId, [...known, ...more]);
    }
  }
  return ids;
}

describe('the plan of a seed', () => {
  it('shares the tasks out evenly, the rest to the first users', async () => {
    const counts = [...(await taskIdsOf(4, 10)).values()].map((ids) => ids.length);
    expect(counts).toEqual([3, 3, 2, 2]);
  });

  it('makes users without tasks where there are too few', async () => {
    const counts = [...(await taskIdsOf(3, 1)).values()].map((ids) => ids.length);
    expect(counts).toEqual([1, 0, 0]);
  });

  it('gives each address the user id that a token for it has', async () => {
    const [first, second] = [...(await taskIdsOf(2, 2)).keys()];
    expect(seedEmail(2)).toBe('seed-user-000002@example.com');
    for (const [number, id] of [first, second].entries()) {
      const email = seedEmail(number + 1);
      expect((await issuer.issue({ email, lifetimeSeconds: 60 })).userId).toBe(id);
    }
  });

  it('makes no user id twice', async () => {
    expect((await taskIdsOf(500, 0)).size).toBe(500);
  });

  it('holds every task of a smaller one', async () => {
    const larger = await taskIdsOf(3, 40);
    for (const [userId, ids] of await taskIdsOf(3, 10)) {
      expect(larger.get(userId)?.slice(0, ids.length)).toEqual(ids);
    }
  });

  it('writes a user before the tasks, and never much at once', async () => {
    const batches = await batchesOf(3, 9_001);
    const rows = batches.flatMap(({ writes }) =>
      writes.map(({ statement, values }) =>
        statement === seedStatements.user ? 'user' : (values[0] as unknown[]).length,
      ),
    );
    expect(rows).toEqual([
      ...['user', 999, 1_000, 1_000, 2],
      ...['user', 997, 1_000, 1_000, 3],
      ...['user', 996, 1_000, 1_000, 4],
    ]);
    expect(batches.map((batch) => batch.rows)).toEqual([...Array<number>(9).fill(1_000), 4]);
  });
});
