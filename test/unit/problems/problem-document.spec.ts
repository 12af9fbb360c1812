import { describe, expect, it } from '@jest/globals';
import { problemDocument } from '../../../src/problems/problem-document';
import { ProblemError, type RequestFault } from '../../../src/problems/problem-error';
import { PROBLEM_TYPES, type ProblemType } from '../../../src/problems/problem-types';

const TYPES: [string, ProblemType][] = Object.entries(PROBLEM_TYPES);

describe('a problem document', () => {
  it('says what happened, what to do, and which request it was', () => {
    const problem = new ProblemError('task-not-found');

    expect(problemDocument(problem, 'abc')).toEqual({
      type: '/problems/task-not-found',
      title: 'There is no such task',
      status: 404,
      detail: 'The task does not exist among the tasks of this user, or has been deleted.',
      code: 'task-not-found',
      request_id: 'abc',
    });
  });

  it('has at most 20 faults, and stays below 4 kB', () => {
    const faults: RequestFault[] = Array.from({ length: 500 }, () => ({
      parameter: 'p'.repeat(64),
      detail: 'must be one of -created_at, created_at, -updated_at, updated_at, title, -title',
    }));
    const document = problemDocument({ code: 'validation', faults }, 'r'.repeat(64));

    expect(document.errors).toEqual(faults.slice(0, 20));
    expect(Buffer.byteLength(JSON.stringify(document))).toBeLessThanOrEqual(4_096);
  });

  it('tells nothing of the cause', () => {
    const problem = new ProblemError('internal-error', { cause: new Error('secret') });

    expect(JSON.stringify(problemDocument(problem, 'abc'))).not.toContain('secret');
  });
});

describe('the table of problem types', () => {
  it.each(TYPES)('%s has a name for a URI, an error status, a title and advice', (code, type) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(type.status).toBeGreaterThanOrEqual(400);
    expect(type.status).toBeLessThan(600);
    expect(type.title).toMatch(/^[A-Z].*[^.]$/);
    expect(type.advice).toMatch(/\.$/);
  });

  it('goes by status', () => {
    const statuses = TYPES.map(([, { status }]) => status);

    expect(statuses).toEqual(statuses.toSorted((a, b) => a - b));
  });
});
