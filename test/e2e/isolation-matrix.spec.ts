import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isPublic, operationsOf } from '../../src/openapi/operations';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import {
  CASES,
  declareMatrix,
  DOCUMENT,
  OPERATIONS,
  pathOf,
  scopedOperations,
} from '../support/http/isolation-matrix';

/** Operations on the caller's own account that name nobody: there is no other user to name. */
const OF_THE_CALLER_ALONE = ['post /api/users'];

// isolation-proof-workers.spec.ts has the same for two workers.
describe('isolation, for every operation on a user', () => {
  let app: TestedApi;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  afterAll(() => app.stop());

  declareMatrix(() => app);
});

describe('the matrix', () => {
  it('has every operation that needs a token', () => {
    const closed = operationsOf(DOCUMENT)
      .filter(({ operation }) => !isPublic(operation))
      .map(({ method, path }) => `${method} ${path}`);
    const covered = OPERATIONS.map(({ method, path }) => `${method} ${path}`);

    expect([...covered, ...OF_THE_CALLER_ALONE].toSorted()).toEqual(closed.toSorted());
    expect(new Set(CASES.map(([, { name }]) => name)).size).toBe(OPERATIONS.length);
  });

  it('takes in a route that is added later, with its bodies', () => {
    const added = scopedOperations({
      ...DOCUMENT,
      paths: {
        ...DOCUMENT.paths,
        '/api/{user_id}/tasks/{task_id}/copy': {
          post: {
            responses: {},
            requestBody: {
              content: { 'application/json': { examples: { one: { value: { title: 'Copy' } } } } },
            },
          },
        },
      },
    }).filter(({ path }) => path.endsWith('/copy'));

    expect(added.map(({ name, bodies }) => ({ name, bodies }))).toEqual([
      { name: 'POST /api/{user_id}/tasks/{task_id}/copy', bodies: [undefined, { title: 'Copy' }] },
    ]);
  });

  it('refuses a placeholder that it knows no owner of', () => {
    const [operation] = scopedOperations({
      ...DOCUMENT,
      paths: { '/api/{user_id}/notes/{note_id}': { get: { responses: {} } } },
    });

    expect(() => operation && pathOf(operation, { user_id: 'u', task_id: 't' })).toThrow(
      'Teach the matrix whose a {note_id} is',
    );
  });
});
