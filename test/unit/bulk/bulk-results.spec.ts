import { expect, it } from '@jest/globals';
import { resultsJson } from '../../../src/bulk/bulk-results';
import { ProblemError, retryLater } from '../../../src/problems/problem-error';

it('An operation that may be repeated says when', () => {
  const problems = [retryLater('busy'), new ProblemError('task-not-found')];
  const results = resultsJson(
    problems.map((problem) => ({ problem })),
    {},
    { requestId: 'the-request', place: '/api/a-user' },
  );

  expect(JSON.parse(results)).toEqual({
    results: [
      { status: 503, retry_after: 1, problem: expect.objectContaining({ code: 'busy' }) },
      { status: 404, problem: expect.objectContaining({ code: 'task-not-found' }) },
    ],
  });
});
