import type { Preferences } from '../http/headers';
import { problemDocument } from '../problems/problem-document';
import { PROBLEM_TYPES } from '../problems/problem-types';
import { successorLink } from '../tasks/task-answers';
import { etagOf } from '../tasks/task-etag';
import type { BulkOutcome } from './bulk.service';

/** What results say of their request: its id, and the place of its user. */
interface BulkRequest {
  readonly requestId: string;
  readonly place: string;
}

/** The body of the answer. */
export function resultsJson(
  outcomes: readonly BulkOutcome[],
  preferences: Preferences,
  request: BulkRequest,
): string {
  const results = outcomes.map((outcome) => resultJson(outcome, preferences, request));
  return `{"results":[${results.join(',')}]}`;
}

function resultJson(
  outcome: BulkOutcome,
  { return: wish }: Preferences,
  { requestId, place }: BulkRequest,
): string {
  if ('problem' in outcome) {
    const { problem } = outcome;
    const { status } = PROBLEM_TYPES[problem.code];
    const { ETag: etag, 'Retry-After': seconds } = problem.headers;
    const wait = seconds === undefined ? {} : { retry_after: Number(seconds) };
    return JSON.stringify({ status, etag, ...wait, problem: problemDocument(problem, requestId) });
  }
  const { task, replayed } = outcome;
  const isShown = wish !== 'minimal';
  const status = outcome.status === 200 && !isShown ? 204 : outcome.status;
  const etag = task && JSON.stringify(etagOf(task.version));
  const link = task && successorLink(place, task);
  return (
    `{"status":${status}` +
    (etag === undefined ? '' : `,"etag":${etag}`) +
    (link === undefined ? '' : `,"link":${JSON.stringify(link)}`) +
    (replayed ? ',"replayed":true' : '') +
    (task === undefined || !isShown ? '' : `,"task":${task.json}`) +
    '}'
  );
}
