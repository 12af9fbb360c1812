import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ProblemError } from '../../problems/problem-error';

/** A layer of Express's router (package `router`), as it is at run time. */
export interface RouteLayer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): unknown;
}

/**
 * Comes after all routes: a path that some route serves under another method is answered with the
 * methods that it has (RFC 9110 §15.5.6), where Nest would say 404. OPTIONS is answered here too,
 * for everybody: no token, no database.
 */
export function answerOtherMethods(layers: () => readonly RouteLayer[]): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    const allowed = allowedMethods(layers(), request.path);
    if (allowed.length === 0) {
      // Were it answered with 404, browsers would hide the 404 of the request itself behind it.
      if (isPreflight(request)) response.status(204).end();
      else next();
      return;
    }
    const allow = allowed.join(', ');
    if (request.method === 'OPTIONS') {
      response.status(204).setHeader('Allow', allow);
      response.end();
      return;
    }
    next(new ProblemError('method-not-allowed', { headers: { Allow: allow } }));
  };
}

/** https://fetch.spec.whatwg.org/#cors-preflight-fetch */
function isPreflight({ method, headers }: Request): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

function allowedMethods(layers: readonly RouteLayer[], path: string): readonly string[] {
  const methods = new Set<string>();
  for (const layer of layers) {
    if (layer.route === undefined || !layer.match(path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  if (methods.size > 0) methods.add('OPTIONS');
  return [...methods].sort();
}
