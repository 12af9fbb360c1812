import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { onAnswerEnd } from '../http/adapter/response-events';
import { markAsUserData, type Preferences } from '../http/headers';
import { JSON_MEDIA_TYPE } from '../http/input/json-body';
import { retryLater } from '../problems/problem-error';
import type { Replayable, WrittenTask } from './replies/replies';
import { etagOf } from './task-etag';
import type { CreatedTask, ListedTasks, StoredTask } from './tasks.service';

const JSON_IN_UTF_8 = `${JSON_MEDIA_TYPE}; charset=utf-8`;
export const JSON_LINES_MEDIA_TYPE = 'application/jsonl';

/** Answers with a task that was read, or 304 if the client holds that version. */
export function answerRead(
  response: Response,
  task: StoredTask,
  isHeld: (version: string) => boolean,
): string | undefined {
  describe(response, task);
  if (!isHeld(task.version)) return json(response, task.json);
  response.status(304);
  return undefined;
}

/** Answers with a task that was written, or without a body if the client prefers that. */
export function answerWrite(
  response: Response,
  userId: string,
  task: WrittenTask,
  preferences: Preferences,
): string | undefined {
  const link = successorLink(`${response.req.basePath}/api/${userId}`, task);
  if (link !== undefined) response.setHeader('Link', link);
  markReplay(response, task);
  describe(response, task);
  if (!prefersNoBody(response, preferences)) return json(response, task.json);
  response.status(204);
  return undefined;
}

/**
 * Answers a create with the place of the task. A repeat has the status of the first, unless the key
 * is the id of the task: then it gets the task with 200.
 */
export function answerCreate(
  response: Response,
  userId: string,
  task: CreatedTask,
  preferences: Preferences,
): string | undefined {
  response.setHeader('Location', `${response.req.basePath}/api/${userId}/tasks/${task.id}`);
  markReplay(response, task);
  response.status(task.status);
  describe(response, task);
  return prefersNoBody(response, preferences) ? undefined : json(response, task.json);
}

/** The value of `Link` where a task has a successor (RFC 8288). @param place of the user */
export function successorLink(place: string, { successor }: StoredTask): string | undefined {
  return successor === undefined ? undefined : `<${place}/tasks/${successor}>; rel="next"`;
}

/** Marks the answer if the write was made before. */
export function markReplay(response: Response, { replayed }: Replayable): void {
  if (replayed) response.setHeader('Idempotency-Replayed', 'true');
}

/** Answers with JSON that may contain many tasks. */
export function answerJson(
  response: Response,
  body: string,
  { return: wish }: Preferences,
): string {
  if (wish !== undefined) response.setHeader('Preference-Applied', `return=${wish}`);
  markAsUserData(response);
  return json(response, body);
}

/** The body of a page. V8 copies an appended text once, at the end, and a joined one twice. */
export function pageJson({ items, nextCursor }: ListedTasks): string {
  let list = '';
  for (const item of items) list += list === '' ? item : `,${item}`;
  return `{"items":[${list}],"next_cursor":${nextCursor === null ? 'null' : `"${nextCursor}"`}}`;
}

/** The body of an export: each task in a line. */
export function pageLines({ items }: ListedTasks): string {
  let lines = '';
  for (const item of items) lines += `${item}\n`;
  return lines;
}

/** Answers with lines of tasks and the link to the next ones. */
export function answerLines(
  response: Response,
  userId: string,
  { nextCursor }: ListedTasks,
  body: string,
): string {
  linkNext(response, `${userId}/export`, nextCursor);
  markAsUserData(response);
  response.setHeader('Content-Type', `${JSON_LINES_MEDIA_TYPE}; charset=utf-8`);
  return body;
}

/**
 * Answers with a page of tasks and the link to the next one (RFC 8288).
 * @param place of the list, below `/api/`
 */
export function answerPage(
  response: Response,
  place: string,
  { nextCursor, total }: ListedTasks,
  body: string,
): string {
  linkNext(response, place, nextCursor);
  if (total !== undefined) {
    response.setHeader('X-Total-Count', total);
    response.setHeader('Preference-Applied', 'count=exact');
  }
  markAsUserData(response);
  return json(response, body);
}

function linkNext(response: Response, place: string, nextCursor: string | null): void {
  if (nextCursor === null) return;
  const { query, basePath } = response.req;
  const next = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat() as readonly string[]) next.append(name, value);
  }
  next.set('cursor', nextCursor);
  response.setHeader('Link', `<${basePath}/api/${place}?${next.toString()}>; rel="next"`);
}

/** A write answers with the task unless the client prefers otherwise; either wish is confirmed. */
function prefersNoBody(response: Response, { return: wish }: Preferences): boolean {
  if (wish !== undefined) response.setHeader('Preference-Applied', `return=${wish}`);
  return wish === 'minimal';
}

function describe(response: Response, { version }: StoredTask): void {
  response.setHeader('ETag', etagOf(version));
  markAsUserData(response);
}

function json(response: Response, text: string): string {
  response.setHeader('Content-Type', JSON_IN_UTF_8);
  return text;
}

/** Smaller pages are not counted: the number of connections bounds their memory. */
const LARGE_PAGE_LENGTH = 64 * 1024;
/** Bytes of unread pages in one process. The largest page has 8 MiB. */
const MOST_BYTES = 64 * 1024 * 1024;
/** One user's part of them, so that slow clients of one user do not block others. */
const MOST_BYTES_OF_USER = MOST_BYTES / 2;

/** Bounds the memory of large pages on their way to clients that read slowly, or not at all. */
@Injectable()
export class LargePages {
  #bytes = 0;
  readonly #bytesByUser = new Map<string, number>();

  /**
   * Counts a page until it is taken, or its connection has gone.
   * @throws ProblemError `overloaded` where clients have yet to take too much
   */
  admit(userId: string, page: string, response: Response): void {
    if (page.length < LARGE_PAGE_LENGTH) return;
    const bytes = Buffer.byteLength(page);
    const ofUser = (this.#bytesByUser.get(userId) ?? 0) + bytes;
    if (this.#bytes + bytes > MOST_BYTES || ofUser > MOST_BYTES_OF_USER) {
      throw retryLater('overloaded');
    }
    this.#hold(userId, bytes, response);
  }

  /** Counts it likewise, but never refuses: for the answer to a write that was made. */
  hold(userId: string, page: string, response: Response): void {
    if (page.length < LARGE_PAGE_LENGTH) return;
    this.#hold(userId, Buffer.byteLength(page), response);
  }

  #hold(userId: string, bytes: number, response: Response): void {
    // A closed connection emits no further event.
    if (response.req.socket.destroyed) return;
    this.#count(userId, bytes);
    onAnswerEnd(response, () => {
      this.#count(userId, -bytes);
    });
  }

  #count(userId: string, bytes: number): void {
    this.#bytes += bytes;
    const ofUser = (this.#bytesByUser.get(userId) ?? 0) + bytes;
    if (ofUser > 0) this.#bytesByUser.set(userId, ofUser);
    else this.#bytesByUser.delete(userId);
  }
}
