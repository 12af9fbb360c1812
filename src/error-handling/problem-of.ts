import { HttpException } from '@nestjs/common';
import { databaseFault, type DatabaseFault, DatabaseRefusal } from '../database/database-errors';
import { ProblemError, retryLater } from '../problems/problem-error';
import type { ProblemCode } from '../problems/problem-types';

/** The problem that a client sees for anything thrown. */
export function problemOf(exception: unknown): ProblemError {
  if (exception instanceof ProblemError) return exception;
  if (exception instanceof HttpException) return problemOfHttpException(exception);
  if (exception instanceof URIError) return new ProblemError('malformed-uri');
  return (
    problemOfDatabaseError(exception) ?? new ProblemError('internal-error', { cause: exception })
  );
}

/** Only the framework throws these: for unknown routes and for paths that it cannot decode. */
function problemOfHttpException(exception: HttpException): ProblemError {
  switch (exception.getStatus()) {
    case 400:
      return new ProblemError('malformed-uri', { cause: exception });
    case 404:
      return new ProblemError('route-not-found');
    default:
      return new ProblemError('internal-error', { cause: exception });
  }
}

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
