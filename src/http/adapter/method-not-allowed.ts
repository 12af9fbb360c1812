import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import { ProblemError } from '../../problems/problem-error';

/** The name by which a route of Express says that it takes every method. */
const ALL = '_all';

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

/**
 * Where the parameter of a route would take a path that another route spells out, such as
 * …/tasks/summary, the path is taken by that route alone: its layers come first, and behind them its
 * other methods are refused.
 */
export function reserveSpelledOutPaths({ router }: Express): void {
  const layers = router.stack as unknown as RouteLayer[];
  const paths = new Set(layers.flatMap(({ route }) => route?.path ?? []));
  for (const path of paths) {
    const other = layers.find((layer) => takesParameterOf(layer, path));
    if (other === undefined) continue;
    router.route(path).all(answerOtherMethods(() => layers));
    const own = layers.filter(({ route }) => route?.path === path);
    const rest = layers.filter((layer) => !own.includes(layer));
    rest.splice(rest.indexOf(other), 0, ...own);
    layers.splice(0, Infinity, ...rest);
  }
}

function takesParameterOf(layer: RouteLayer, path: string): boolean {
  if (layer.route === undefined || !layer.match(path)) return false;
  return parameterCount(layer.route) > parameterCount({ path });
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
  const routes = layers.flatMap((layer) => (layer.route && layer.match(path) ? [layer.route] : []));
  // A path that a route spells out, such as …/tasks/summary, is not the place of a task.
  const fewest = Math.min(...routes.map(parameterCount));
  const methods = new Set(
    routes
      .filter((route) => parameterCount(route) === fewest)
      .flatMap((route) => Object.keys(route.methods))
      .filter((method) => method !== ALL)
      .map((method) => method.toUpperCase()),
  );
  if (methods.has('GET')) methods.add('HEAD');
  if (methods.size > 0) methods.add('OPTIONS');
  return [...methods].sort();
}

function parameterCount({ path }: { readonly path: string }): number {
  return path.split(':').length;
}
