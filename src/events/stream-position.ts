import { syncTokenFault } from '../changes/sync-token';
import { ProblemError } from '../problems/problem-error';

export const POSITION_HEADER = 'Last-Event-ID';

/**
 * Where a stream begins: behind the last event that the client has, if it comes back, otherwise behind
 * `after`. A client that comes back by itself repeats the `after` of its first request.
 * @param lastEventId empty where the client has none (HTML Standard §9.2.4)
 * @throws ProblemError `validation`
 */
export function positionOf(
  lastEventId: string | undefined,
  after: string | undefined,
): string | undefined {
  if (lastEventId === undefined || lastEventId === '') return after;
  const detail = syncTokenFault(lastEventId);
  if (detail === undefined) return lastEventId;
  throw new ProblemError('validation', { faults: [{ header: POSITION_HEADER, detail }] });
}
