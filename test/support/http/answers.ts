import { expect } from '@jest/globals';
import type { Response } from 'supertest';
import type { RequestFault } from '../../../src/problems/problem-error';
import { PROBLEM_TYPES, type ProblemCode } from '../../../src/problems/problem-types';
import { NEW_TASK } from '../app/task-fields';

/** A whole answer, comparable: nothing that the API decides is left out. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed JSON, or text of another type; undefined where there is no body. */
  readonly body: unknown;
}

/** Decided by Node or by chance; tests of their own look at the last two. */
const UNFORESEEABLE: readonly string[] = [
  'connection',
  'date',
  'keep-alive',
  'content-length',
  'x-request-id',
];

const ON_EVERY_ANSWER = { 'x-content-type-options': 'nosniff' };
export const USER_DATA = {
  ...ON_EVERY_ANSWER,
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'private, no-cache',
  vary: 'Authorization',
};

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Of a task that was never moved, or was moved. */
export const POSITION = /^(?:[0-9a-f]{32}|(?=.*V)[0-9A-Za-z]{1,200})$/;
/** RFC 3339, UTC, milliseconds. */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Of a task: a number of its user's feed, in microseconds since 1970. */
export const ETAG: unknown = expect.stringMatching(/^"[1-9]\d{15}"$/);

export function answerOf(response: Response): Answer {
  const headers = Object.entries(response.headers).filter(
    ([name]) => !UNFORESEEABLE.includes(name),
  );
  const isJson = /[/+]json/.test(response.type);
  const text = response.text === '' ? undefined : response.text;
  return {
    status: response.status,
    headers: Object.fromEntries(headers),
    body: isJson && text !== undefined ? response.body : text,
  };
}

/** What a client may see of a task. */
export interface TaskBody {
  readonly id: string;
  readonly user_id: string;
  readonly title: string;
  readonly description: string | null;
  readonly completed: boolean;
  readonly due: string | null;
  readonly time_zone: string | null;
  readonly recurrence: string | null;
  readonly recurrence_from: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly parent_id: string | null;
  readonly position: string;
  readonly completed_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** The answer with one task; `fields` replace what a new one would have. */
export function taskAnswer(
  status: number,
  fields: { readonly [Name in keyof TaskBody]?: unknown },
  headers: Readonly<Record<string, unknown>>,
): Answer {
  return {
    status,
    headers: { ...USER_DATA, ...headers },
    body: {
      id: expect.stringMatching(UUID_V7),
      user_id: expect.stringMatching(UUID),
      ...NEW_TASK,
      title: expect.any(String),
      position: expect.stringMatching(POSITION),
      created_at: expect.stringMatching(TIME),
      updated_at: expect.stringMatching(TIME),
      ...fields,
      completed_at: completionOf(fields),
    },
  };
}

/** Whatever the fields were copied from: a time where the task is completed, and null where not. */
function completionOf({
  completed,
  completed_at: known,
}: Parameters<typeof taskAnswer>[1]): unknown {
  if (completed !== true) return null;
  return known ?? expect.stringMatching(TIME);
}

/** The answer to a create: `fields` as above. */
export function createdAnswer(fields: Parameters<typeof taskAnswer>[1]): Answer {
  const location: unknown = expect.stringMatching(/^\/api\/[0-9a-f-]{36}\/tasks\/[0-9a-f-]{36}$/);
  return taskAnswer(201, fields, { etag: ETAG, location });
}

/** An answer without a body. */
export function emptyAnswer(
  status: number,
  headers: Readonly<Record<string, unknown>> = {},
): Answer {
  return { status, headers: { ...ON_EVERY_ANSWER, ...headers }, body: undefined };
}

/** The problem answer of this code, entire: nothing else may be in it. */
export function problemAnswer(
  code: ProblemCode,
  {
    errors,
    detail,
    headers = {},
  }: {
    readonly errors?: readonly RequestFault[];
    /** Where it is not the advice of the type. */
    readonly detail?: unknown;
    readonly headers?: Readonly<Record<string, unknown>>;
  } = {},
): Answer {
  const { status, title, advice } = PROBLEM_TYPES[code];
  return {
    status,
    headers: {
      ...ON_EVERY_ANSWER,
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...headers,
    },
    body: {
      type: `/problems/${code}`,
      title,
      status,
      detail: detail ?? advice,
      code,
      request_id: expect.stringMatching(/^[\w.:+/=-]{1,64}$/),
      ...(errors !== undefined && { errors }),
    },
  };
}
