import { HttpException } from '@nestjs/common';
import { ProblemError } from '../problems/problem-error';
import { problemOfDatabaseError } from './database-problems';

/** What a client sees of anything that is thrown. */
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
