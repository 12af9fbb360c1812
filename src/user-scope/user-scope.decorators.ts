import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  SetMetadata,
} from '@nestjs/common';
import { ApiExtension, ApiParam, ApiSecurity } from '@nestjs/swagger';
import type { Request } from 'express';
import type { Identity } from '../auth/identity';
import type { Scope } from '../config/issuers/scopes';
import { readAfterOf } from '../http/headers';
import type { UserScope } from './user-scope';

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by the guard, on every route that is not public. */
    userScope?: UserScope;
    identity?: Identity;
  }
}

export const REQUIRED_SCOPE = Symbol('required scope');

/** Name of the security scheme in the OpenAPI document. */
export const BEARER_TOKEN = 'bearer_token';

/**
 * Names the OAuth scope of a route; it binds tokens that name any of this API's scopes. The OpenAPI
 * document has it as `x-required-scope`: many readers of a document know scopes of OAuth schemes alone.
 */
export const RequiresScope = (scope: Scope): MethodDecorator =>
  applyDecorators(
    SetMetadata(REQUIRED_SCOPE, scope),
    ApiSecurity(BEARER_TOKEN),
    ApiExtension('x-required-scope', scope),
  );

/** In code points, as for the claim that names the user. */
export const LONGEST_PATH_USER = 255;

/** Documents the `user_id` of a path as the guard reads it. */
export const ApiUserId = (): MethodDecorator & ClassDecorator =>
  ApiParam({
    name: 'user_id',
    description:
      'You: `me`, your id as your identity provider writes it (percent-encoded), or the UUID that answers have. Every other user is answered with 403.',
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: LONGEST_PATH_USER,
      // The explorer fills it in from here.
      example: 'me',
    },
  });

/** Parameter decorator: the scope that the guard created. Throws without one: fail closed. */
export const CurrentUserScope = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { userScope } = context.switchToHttp().getRequest<Request>();
  if (userScope === undefined) throw new Error('The route has no user scope: is it public?');
  return userScope;
});

/** Parameter decorator: the same of a request that only reads. @throws ProblemError `validation` */
export const CurrentReadScope = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { userScope, headers } = context.switchToHttp().getRequest<Request>();
  if (userScope === undefined) throw new Error('The route has no user scope: is it public?');
  const number = readAfterOf(headers);
  return number === undefined ? userScope : userScope.readingAfter(number);
});

/** Parameter decorator: who the caller is, as the verified token says. */
export const CurrentIdentity = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { identity } = context.switchToHttp().getRequest<Request>();
  if (identity === undefined) throw new Error('The route has no identity: is it public?');
  return identity;
});
