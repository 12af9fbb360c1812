import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ProblemError } from '../../problems/problem-error';

/** A layer of Express's router (package `router`), as it is at run time. */
export interface RouteLayer {
  readonly route?: {
    readonly path: string;
    readonly methods: Readonly<Record<string, boolean>>;
  };
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

/** Refuses all other methods, before a route whose last part is a parameter could take the path. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction): void => {
    if (methods.includes(request.method)) next();
    else next(new ProblemError('method-not-allowed', { headers: { Allow: methods.join(', ') } }));
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
  const routes = layers.flatMap((layer) =>
    layer.route && !isForAllMethods(layer.route) && layer.match(path) ? [layer.route] : [],
  );
  // A path that a route spells out, such as …/tasks/summary, is not the place of a task.
  const fewest = Math.min(...routes.map(parameterCount));
  const methods = new Set(
    routes
      .filter((route) => parameterCount(route) === fewest)
      .flatMap((route) => Object.keys(route.methods).map((method) => method.toUpperCase())),
  );
  if (methods.has('GET')) methods.add('HEAD');
  if (methods.size > 0) methods.add('OPTIONS');
  return [...methods].sort();
}

function parameterCount({ path }: { readonly path: string }): number {
  return path.split(':').length;
}

/** So Nest registers a middleware of one path: for every method that Node knows. */
function isForAllMethods({ methods }: NonNullable<RouteLayer['route']>): boolean {
  return methods['connect'] === true;
}
