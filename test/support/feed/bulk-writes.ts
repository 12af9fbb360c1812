import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 } from 'uuid';
import type { Caller } from '../app/tokens';
import type { HistoryClient } from '../faults/history-client';
import type { TaskBody } from '../http/answers';

const PAUSE_MS = 25;

export interface BulkOperation {
  readonly operation: 'create' | 'patch' | 'complete' | 'delete' | 'restore';
  readonly task_id?: string;
  readonly task?: { readonly title: string };
  readonly idempotency_key: string;
}

export interface BulkResult {
  readonly status: number;
  readonly etag?: string;
  readonly task?: TaskBody;
  readonly replayed?: boolean;
}

/** What a client knows of its tasks. */
interface OwnTasks {
  readonly versions: ReadonlyMap<string, number>;
  readonly deleted: ReadonlySet<string>;
}

/** Up to eight operations of any kind, in an order in which each of them can be done. */
export function anyOperations({ versions, deleted }: OwnTasks): readonly BulkOperation[] {
  const [live, gone] = [new Set(versions.keys()), new Set(deleted)];
  return Array.from({ length: 1 + Math.floor(Math.random() * 8) }, (): BulkOperation => {
    // Each has a key, so a repeat is told what the first sending was told.
    const keyed = { idempotency_key: randomUUID() };
    const [id, goneId] = [anyOf(live), anyOf(gone)];
    const dice = Math.random();
    if (dice < 0.15 && goneId !== undefined) {
      gone.delete(goneId);
      live.add(goneId);
      return { operation: 'restore', task_id: goneId, ...keyed };
    }
    if (dice < 0.45 || id === undefined) {
      return { operation: 'create', task: { title: v7() }, ...keyed };
    }
    if (dice < 0.6) {
      live.delete(id);
      gone.add(id);
      return { operation: 'delete', task_id: id, ...keyed };
    }
    return dice < 0.8
      ? { operation: 'patch', task_id: id, task: { title: v7() }, ...keyed }
      : { operation: 'complete', task_id: id, ...keyed };
  });
}

export interface SettledBulk {
  readonly results: readonly BulkResult[];
  /** An operation that was refused at first is then done behind those that followed it. */
  readonly isRepeated: boolean;
}

/** Sends a bulk until each of its operations has a clear answer. */
export async function settleBulk(
  client: HistoryClient,
  caller: Caller,
  operations: readonly BulkOperation[],
): Promise<SettledBulk> {
  for (let isRepeated = false; ; isRepeated = true) {
    const message = { method: 'POST', path: '/api/me/tasks/bulk', body: { operations } };
    const { answer, attempts } = await client.settle(caller, message);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
    const { results } = JSON.parse(answer.body) as { readonly results: readonly BulkResult[] };
    if (results.every(({ status }) => status < 500)) {
      return { results, isRepeated: isRepeated || attempts > 1 };
    }
    await sleep(PAUSE_MS);
  }
}

function anyOf(ids: ReadonlySet<string>): string | undefined {
  return [...ids][Math.floor(Math.random() * ids.size)];
}
