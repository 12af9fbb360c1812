import { PROBLEM_TYPES, type ProblemCode } from '../problems/problem-types';
import { PROBLEMS_BEFORE_OPERATIONS } from './problem-responses';

/** The first page that a newcomer reads. CommonMark. */
export const API_DESCRIPTION = [
  "Tasks of many users: nobody ever sees or touches another user's task.",

  'Your bearer token says who **you** are. In a path, `{user_id}` is your own id, or `me`; any other' +
    ' id gets 403, whether that user exists or not. There is no sign-up: your first task creates your' +
    ' account.',

  '**Bodies** are JSON with `snake_case` names. Times are RFC 3339, in UTC with milliseconds.' +
    ' Unknown properties and parameters are refused, so a misspelt one is never ignored. GET and' +
    ' DELETE take no body, and do not read one.',

  '**Lists** come in pages, newest first. Follow `Link: <…>; rel="next"`, or send `next_cursor` as' +
    ' `cursor`, until it is null.',

  '**Concurrent edits**: each answer with a task has an `ETag`. Send it in `If-Match`: if somebody' +
    ' else has changed the task since, the answer is 412, and nothing changes.',

  '**Retries**: send an `Idempotency-Key`, such as a new UUID, with any write, and repeat the request' +
    ' under the same key until it is answered. It takes effect once: a repeat gets the answer of the' +
    ' first, with `Idempotency-Replayed: true`. Keys last for a day.',

  '**Errors** are problem details (RFC 9457). Switch on `code`, show `detail`, quote `request_id`;' +
    ' `type` leads to [a page about it](/problems). Every answer has an `X-Request-Id`; if you send' +
    ' one, it is kept. Besides the problems of each operation, any request can get' +
    ` ${PROBLEMS_BEFORE_OPERATIONS.map(linkTo).join(', ')}.`,
].join('\n\n');

/** Leads the description while the server is its own development issuer. */
export const GETTING_A_TOKEN =
  '**First, get a token.** This server issues its own, for this machine: under **Development**,' +
  ' open *Get a token for trying the API* and press **Execute**. That also authorizes this page.' +
  ' For a terminal, copy `access_token` from the answer, or run `npm run cli -- token --email ada@example.com`.';

/** In the order in which a reader wants them. */
export const TAGS = [
  {
    name: 'Development',
    description: 'Only while the server is its own issuer of tokens, for trying the API.',
  },
  { name: 'Tasks', description: 'The tasks of one user.' },
  { name: 'Sync', description: 'Changes to the tasks of one user, in pages and live.' },
  { name: 'Trash', description: 'Deleted tasks, which can be restored for a while.' },
  { name: 'Users', description: 'Your own account.' },
  { name: 'Health', description: 'For load balancers and orchestrators, without a token.' },
] as const;

function linkTo(code: ProblemCode): string {
  return `${PROBLEM_TYPES[code].status} [\`${code}\`](/problems/${code})`;
}
