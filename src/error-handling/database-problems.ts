import { databaseFault, type DatabaseFault, DatabaseRefusal } from '../database/database-errors';
import { type ProblemError, retryLater } from '../problems/problem-error';
import type { ProblemCode } from '../problems/problem-types';

const PROBLEM_OF_FAULT: Readonly<Record<DatabaseFault, ProblemCode>> = {
  unavailable: 'database-unavailable',
  behind: 'database-behind',
  overloaded: 'overloaded',
  timeout: 'query-timeout',
  locked: 'busy',
};

/** The problem that a client sees for an error of the database; undefined for any other error. */
export function problemOfDatabaseError(error: unknown): ProblemError | undefined {
  const fault = databaseFault(error);
  if (fault === undefined) return undefined;
  // The log has the reason of a refusal: the error of the driver, if there is one.
  return retryLater(
    PROBLEM_OF_FAULT[fault],
    error instanceof DatabaseRefusal ? error.cause : error,
  );
}
