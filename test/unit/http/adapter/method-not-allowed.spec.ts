import { describe, expect, it } from '@jest/globals';
import express, { type Request, type Response } from 'express';
import {
  answerOtherMethods,
  reserveSpelledOutPaths,
  type RouteLayer,
} from '../../../../src/http/adapter/method-not-allowed';
import { ProblemError } from '../../../../src/problems/problem-error';

const layer = (path: string, ...methods: readonly string[]): RouteLayer => ({
  route: { path, methods: Object.fromEntries(methods.map((method) => [method, true])) },
  match: (asked) => asked === path,
});
const middleware: RouteLayer = { match: () => true };

const LAYERS = [
  middleware,
  layer('/tasks', 'get'),
  layer('/tasks', 'post'),
  layer('/tasks/1', 'patch'),
];

/** What the client gets: the status and Allow of an answer, what goes to the filter, or nothing. */
function answer(
  method: string,
  path: string,
  layers: readonly RouteLayer[] = LAYERS,
  headers: object = {},
): unknown {
  let result: unknown = 'nothing';
  const sent: Record<string, unknown> = {};
  const response = {
    status: (status: number) => {
      sent['status'] = status;
      return response;
    },
    setHeader: (name: string, value: string) => {
      sent[name] = value;
    },
    end: () => {
      result = sent;
    },
  };
  answerOtherMethods(() => layers)(
    { method, path, headers } as Request,
    response as unknown as Response,
    (error?: unknown) => {
      result = error ?? 'next';
    },
  );
  return result;
}

describe('a path that another method has', () => {
  it.each(['PUT', 'DELETE', 'TRACE', 'QUERY'])('is 405 with Allow for %s', (method) => {
    const problem = answer(method, '/tasks');

    expect(problem).toBeInstanceOf(ProblemError);
    expect(problem).toMatchObject({
      code: 'method-not-allowed',
      headers: { Allow: 'GET, HEAD, OPTIONS, POST' },
    });
  });

  it('is answered for OPTIONS', () => {
    expect(answer('OPTIONS', '/tasks')).toEqual({ status: 204, Allow: 'GET, HEAD, OPTIONS, POST' });
  });

  it('has HEAD where it has GET, and only there', () => {
    expect(answer('OPTIONS', '/tasks/1')).toEqual({ status: 204, Allow: 'OPTIONS, PATCH' });
  });
});

describe('a path that nobody has', () => {
  it.each(['GET', 'OPTIONS', 'TRACE'])('goes on for %s', (method) => {
    expect(answer(method, '/nothing')).toBe('next');
    expect(answer(method, '/tasks', [middleware])).toBe('next');
  });

  it('is answered for a preflight, without methods', () => {
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };

    expect(answer('OPTIONS', '/nothing', [], headers)).toEqual({ status: 204 });
    expect(answer('GET', '/nothing', [], headers)).toBe('next');
  });
});

describe('a path that a route spells out', () => {
  it('comes before the parameter that would take it, with a refusal of other methods', () => {
    const app = express();
    const handle = (): void => undefined;
    app.get('/tasks/:id', handle);
    app.delete('/tasks/:id', handle);
    app.get('/tasks/summary', handle);
    app.get('/tasks', handle);
    reserveSpelledOutPaths(app);

    const layers = app.router.stack as unknown as readonly RouteLayer[];
    const routes = layers.map(
      ({ route }) => `${Object.keys(route?.methods ?? {}).join(' ')} ${route?.path ?? ''}`,
    );

    expect(routes).toEqual([
      'get /tasks/summary',
      '_all /tasks/summary',
      'get /tasks/:id',
      'delete /tasks/:id',
      'get /tasks',
    ]);
  });
});
