import type { Request, Response } from 'express';
import { markAsApplied, preferenceOf } from '../http/input/prefer';
import { markAsUserData } from '../http/output/cache-headers';
import { etagOf } from './task-etag';
import type { CreatedTask, ListedTasks, StoredTask } from './tasks.service';

const JSON_MEDIA_TYPE = 'application/json; charset=utf-8';

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
  request: Request,
  response: Response,
  task: StoredTask,
): string | undefined {
  describe(response, task);
  if (!prefersNoBody(request, response)) return json(response, task.json);
  response.status(204);
  return undefined;
}

/** Answers a create: 201 with the place of the task, or 200 where a repeat found it there. */
export function answerCreate(
  request: Request,
  response: Response,
  userId: string,
  task: CreatedTask,
): string | undefined {
  response.setHeader('Location', `${request.basePath}/api/${userId}/tasks/${task.id}`);
  if (task.replayed) response.setHeader('Idempotency-Replayed', 'true');
  response.status(task.replayed ? 200 : 201);
  describe(response, task);
  return prefersNoBody(request, response) ? undefined : json(response, task.json);
}

/** Answers with a page of tasks and the link to the next one (RFC 8288). */
export function answerPage(
  request: Request,
  response: Response,
  userId: string,
  { json: page, nextCursor, total }: ListedTasks,
): string {
  if (nextCursor !== null) {
    const query = new URLSearchParams(request.query as Record<string, string>);
    query.set('cursor', nextCursor);
    const next = `${request.basePath}/api/${userId}/tasks?${query.toString()}`;
    response.setHeader('Link', `<${next}>; rel="next"`);
  }
  if (total !== undefined) {
    response.setHeader('X-Total-Count', total);
    markAsApplied(response, 'count', 'exact');
  }
  markAsUserData(response);
  return json(response, page);
}

/** A write answers with the task unless the client prefers otherwise; either wish is confirmed. */
function prefersNoBody(request: Request, response: Response): boolean {
  const preference = preferenceOf(request, 'return');
  if (preference !== 'minimal' && preference !== 'representation') return false;
  markAsApplied(response, 'return', preference);
  return preference === 'minimal';
}

function describe(response: Response, { version }: StoredTask): void {
  response.setHeader('ETag', etagOf(version));
  markAsUserData(response);
}

function json(response: Response, text: string): string {
  response.setHeader('Content-Type', JSON_MEDIA_TYPE);
  return text;
}
