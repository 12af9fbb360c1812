import type { Preferences } from '../http/input/prefer';
import { problemDocument } from '../problems/problem-document';
import { PROBLEM_TYPES } from '../problems/problem-types';
import { etagOf } from '../tasks/task-etag';
import type { BulkOutcome } from './bulk.service';

/** The body of the answer. */
export function resultsJson(
  outcomes: readonly BulkOutcome[],
  preferences: Preferences,
  requestId: string,
): string {
  const results = outcomes.map((outcome) => resultJson(outcome, preferences, requestId));
  return `{"results":[${results.join(',')}]}`;
}

function resultJson(
  outcome: BulkOutcome,
  { return: wish }: Preferences,
  requestId: string,
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
  return (
    `{"status":${status}` +
    (etag === undefined ? '' : `,"etag":${etag}`) +
    (replayed ? ',"replayed":true' : '') +
    (task === undefined || !isShown ? '' : `,"task":${task.json}`) +
    '}'
  );
}
