import { parse, type ParsedUrlQuery } from 'node:querystring';
import {
  type CanActivate,
  createParamDecorator,
  type CustomDecorator,
  type ExecutionContext,
  SetMetadata,
  type Type,
} from '@nestjs/common';
import type { Request } from 'express';
import { ProblemError } from '../../problems/problem-error';
import { faultInQuery, validQuery } from './request-validation';

const QUERY = Symbol('what a route does with its query');
const BODY = Symbol('a route that reads a body');
const NO_PARAMETERS = 'is not known here, where there are no parameters';

/** Parameter decorator: the query as a validated DTO. A route without it takes no parameters. */
export function ValidQuery<Dto extends object>(dto: Type<Dto>): ParameterDecorator {
  const readQuery = createParamDecorator((_: unknown, context: ExecutionContext) =>
    validQuery(dto, context.switchToHttp().getRequest<Request>().query),
  );
  return marked(readQuery(), QUERY);
}

/** For probes and pages, whose callers add parameters of their own. */
export const IgnoresQuery = (): CustomDecorator<symbol> => SetMetadata(QUERY, true);

/** Marks a route whose query is refused by `refuseQuery` once its body is read. */
export function readsBody(decorator: ParameterDecorator): ParameterDecorator {
  return marked(decorator, BODY);
}

/**
 * Refuses unknown parameters on every route by default: a client would believe that an ignored
 * filter works. Where a body is read, 415 and 413 come first, so the reader of the body refuses.
 */
export class QueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    if (!Reflect.hasMetadata(BODY, context.getHandler())) refuseQuery(context);
    return true;
  }
}

/**
 * @throws ProblemError `validation` naming every parameter, unless the route takes or ignores them
 */
export function refuseQuery(context: ExecutionContext): void {
  const request = context.switchToHttp().getRequest<Request>();
  if (!request.url.includes('?')) return;
  const places = [context.getHandler(), context.getClass()];
  if (places.some((place) => Reflect.hasMetadata(QUERY, place))) return;
  const faults = Object.keys(request.query).map((name) => faultInQuery(name, NO_PARAMETERS));
  if (faults.length > 0) throw new ProblemError('validation', { faults });
}

/** The decorator, and a mark on the method that has the parameter. */
function marked(decorator: ParameterDecorator, mark: symbol): ParameterDecorator {
  return (prototype, method, index) => {
    decorator(prototype, method, index);
    const handler: unknown = method === undefined ? undefined : Reflect.get(prototype, method);
    if (typeof handler === 'function') Reflect.defineMetadata(mark, true, handler);
  };
}

/**
 * Express's `query parser`. Node's own reads a malformed escape as text and ill-formed UTF-8 as
 * U+FFFD, so a search would look for something that the client did not send.
 * @throws ProblemError `malformed-uri` naming the first parameter that is malformed
 */
export function parseQuery(text: string | null): ParsedUrlQuery {
  if (text === null || text === '') return {};
  const faulty = isDecodable(text) ? undefined : text.split('&').find((part) => !isDecodable(part));
  if (faulty === undefined) return parse(text, '&', '=', { maxKeys: 0 });
  const [name = ''] = faulty.split('=');
  const fault = faultInQuery(name, 'must be percent-encoded UTF-8, with %25 for a %');
  throw new ProblemError('malformed-uri', { faults: [fault] });
}

function isDecodable(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
