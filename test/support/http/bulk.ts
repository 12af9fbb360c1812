import { expect } from '@jest/globals';
import type { Test } from 'supertest';
import type { ProblemCode } from '../../../src/problems/problem-types';
import type { TestedApi } from '../app/tested-api';
import type { Caller } from '../app/tokens';
import { problemAnswer, type TaskBody } from './answers';
import { fast } from './fast-requests';

/** What became of one operation. */
interface BulkResult {
  readonly status: number;
  readonly etag?: string;
  readonly replayed?: boolean;
  readonly task?: TaskBody;
  readonly problem?: { readonly code: ProblemCode; readonly errors?: unknown };
}

export function bulk(app: TestedApi, caller: Caller, operations: readonly unknown[]): Test {
  return app.send('post', '/api/me/tasks/bulk', caller).send({ operations });
}

export async function bulkResults(
  app: TestedApi,
  caller: Caller,
  operations: readonly unknown[],
): Promise<readonly BulkResult[]> {
  const response = await bulk(app, caller, operations);
  expect(response.status).toBe(200);
  return (response.body as { results: readonly BulkResult[] }).results;
}

/** The task as it is now, if it is there. */
export async function storedTask(
  app: TestedApi,
  caller: Caller,
  { id }: Pick<TaskBody, 'id'>,
): Promise<TaskBody | undefined> {
  const { status, body } = await fast(app, caller, 'GET', `/api/me/tasks/${id}`);
  return status === 200 ? (body as TaskBody) : undefined;
}

/** The problem of an operation. */
export function problemBody(code: ProblemCode, errors?: readonly unknown[]): object {
  return problemAnswer(code, { errors } as object).body as object;
}
