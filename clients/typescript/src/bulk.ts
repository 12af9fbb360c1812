import type { Client } from 'openapi-fetch';
import type { components, paths } from './schema.js';
import { unwrap } from './task-api-error.js';

export type BulkOperation = components['schemas']['BulkOperation'];
export type BulkResult = components['schemas']['BulkResult'];

/** As many as one request takes. */
const MOST_OPERATIONS = 100;

/**
 * Carries out any number of operations, in requests of a hundred, one after the other.
 * @param client repeats requests without looking: every operation has a key of its own
 */
export async function carryOut(
  client: Client<paths>,
  operations: readonly BulkOperation[],
  signal?: AbortSignal,
): Promise<readonly BulkResult[]> {
  const results: BulkResult[] = [];
  for (let start = 0; start < operations.length; start += MOST_OPERATIONS) {
    const part = operations.slice(start, start + MOST_OPERATIONS);
    const body = {
      operations: part.map((operation) => ({ idempotency_key: crypto.randomUUID(), ...operation })),
    };
    const params = { path: { user_id: 'me' } };
    const answer = unwrap(
      await client.POST('/api/{user_id}/tasks/bulk', { params, body, ...(signal && { signal }) }),
    );
    results.push(...answer.results);
  }
  return results;
}
