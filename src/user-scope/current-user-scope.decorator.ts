import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Identity } from '../auth/identity';
import type { UserScope } from './user-scope';

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by the guard, on every route that is not public. */
    userScope?: UserScope;
    identity?: Identity;
  }
}

/** Parameter decorator: the scope that the guard created. Throws without one: fail closed. */
export const CurrentUserScope = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { userScope } = context.switchToHttp().getRequest<Request>();
  if (userScope === undefined) throw new Error('The route has no user scope: is it public?');
  return userScope;
});

/** Parameter decorator: who the caller is, as the verified token says. */
export const CurrentIdentity = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { identity } = context.switchToHttp().getRequest<Request>();
  if (identity === undefined) throw new Error('The route has no identity: is it public?');
  return identity;
});
