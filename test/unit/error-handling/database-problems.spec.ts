import { describe, expect, it } from '@jest/globals';
import { type DatabaseFault, DatabaseRefusal } from '../../../src/database/database-errors';
import { problemOfDatabaseError } from '../../../src/error-handling/problem-of';
import { PROBLEM_TYPES } from '../../../src/problems/problem-types';

const stateOf = (code: string) => Object.assign(new Error('of the driver'), { code });

describe('The problem of an error of the database', () => {
  const refusals: readonly (readonly [DatabaseFault, string])[] = [
    ['unavailable', 'database-unavailable'],
    ['behind', 'database-behind'],
    ['overloaded', 'overloaded'],
    ['timeout', 'query-timeout'],
    ['locked', 'busy'],
  ];

  it.each(refusals)('of a refusal: %s is %s, with the cause for the log', (fault, code) => {
    const cause = stateOf('57P01');
    const problem = problemOfDatabaseError(new DatabaseRefusal(fault, cause));

    expect(problem).toMatchObject({ code, cause, headers: { 'Retry-After': '1' } });
    expect(PROBLEM_TYPES[problem?.code ?? 'validation'].status).toBe(503);
  });

  it.each([
    ['08006', 'database-unavailable'],
    ['53300', 'database-unavailable'],
    ['57P03', 'database-unavailable'],
    ['25006', 'database-unavailable'],
    ['ECONNREFUSED', 'database-unavailable'],
    ['CERT_HAS_EXPIRED', 'database-unavailable'],
    ['57014', 'query-timeout'],
    ['55P03', 'busy'],
    ['40P01', 'busy'],
  ])('of the driver: %s is %s, to be repeated later', (state, code) => {
    const error = stateOf(state);

    expect(problemOfDatabaseError(error)).toMatchObject({
      code,
      cause: error,
      headers: { 'Retry-After': '1' },
    });
  });

  it.each([stateOf('42601'), stateOf('23505'), new Error('a bug'), undefined, 'text'])(
    'is none where the program itself errs',
    (error) => {
      expect(problemOfDatabaseError(error)).toBeUndefined();
    },
  );
});
