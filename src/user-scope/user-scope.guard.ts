import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension, ApiParam, ApiSecurity } from '@nestjs/swagger';
import type { Request } from 'express';
import type { Identity } from '../auth/identity';
import { PUBLIC_ROUTE } from '../auth/public.decorator';
import { RequestAuthenticator } from '../auth/request-authenticator';
import type { Scope } from '../config/issuers/scopes';
import { announceLastChange, readAfterOf } from '../http/headers';
import { ProblemError } from '../problems/problem-error';
import { IsolationStatus } from './isolation-status';
import { UserScope } from './user-scope';

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by the guard, on every route that is not public. */
    userScope?: UserScope;
    identity?: Identity;
  }
}

const REQUIRED_SCOPE = Symbol('required scope');

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
const LONGEST_PATH_USER = 255;

/** Documents the `user_id` of a path as the guard reads it. */
export const ApiUserId = (): MethodDecorator & ClassDecorator =>
  ApiParam({
    name: 'user_id',
    description:
      'You: `me`, your id as your identity provider writes it (percent-encoded), or your UUID from an answer. Any other user gets 403.',
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

/** The alias of the token's user in a path. */
const ME = 'me';

/** What a route demands of its caller. */
interface RouteAccess {
  readonly isPublic: boolean;
  readonly scope: Scope | undefined;
}

type Handler = ReturnType<ExecutionContext['getHandler']>;

/**
 * Runs before every route. The token names the caller, the path names the owner of the rows; only
 * if both are the same user does it create a scope, and none while the isolation is lost.
 * Synchronous for a known token, which saves Nest's promises on the hot path.
 */
@Injectable()
export class UserScopeGuard implements CanActivate {
  readonly #accessByHandler = new Map<Handler, RouteAccess>();

  constructor(
    private readonly callers: RequestAuthenticator,
    private readonly reflector: Reflector,
    private readonly isolation: IsolationStatus,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = this.#accessOf(context.getHandler());
    if (access.isPublic) return true;
    const lost = this.isolation.refusal();
    if (lost !== undefined) throw lost;
    const request = context.switchToHttp().getRequest<Request>();
    const identity = this.callers.identify(request);
    return identity instanceof Promise
      ? identity.then((verified) => enter(request, verified, access))
      : enter(request, identity, access);
  }

  #accessOf(handler: Handler): RouteAccess {
    let access = this.#accessByHandler.get(handler);
    if (access === undefined) {
      access = {
        isPublic: this.reflector.get<boolean | undefined>(PUBLIC_ROUTE, handler) ?? false,
        scope: this.reflector.get<Scope | undefined>(REQUIRED_SCOPE, handler),
      };
      this.#accessByHandler.set(handler, access);
    }
    return access;
  }
}

/** First the user of the path, then the scope: a foreign path reveals nothing about the token. */
function enter(request: Request, identity: Identity, { scope }: RouteAccess): true {
  const { user_id: pathUser } = request.params;
  if (pathUser !== undefined) requireOwnPath(pathUser, identity);
  if (scope !== undefined && !holds(identity, scope)) throw insufficientScope(identity, scope);
  request.identity = identity;
  request.userScope = UserScope.of(identity.userId, (number) => {
    announceLastChange(request.res, number);
  });
  return true;
}

/**
 * The `user_id` of a path must be the caller: as `me`, as the token's own name of the caller, or as
 * the UUID, in either case. Anyone else gets the same answer, whether that user exists or not.
 * @param pathUser percent-decoded once, by Express
 * @throws ProblemError `validation` for what names nobody anywhere, otherwise `forbidden`
 */
export function requireOwnPath(pathUser: unknown, { subject, userId }: Identity): void {
  if (pathUser === ME || pathUser === userId || pathUser === subject) return;
  if (typeof pathUser !== 'string' || !isName(pathUser)) throw malformed();
  if (pathUser.toLowerCase() !== userId) throw new ProblemError('forbidden');
}

function isName(text: string): boolean {
  return !text.includes('\0') && [...text].length <= LONGEST_PATH_USER;
}

function malformed(): ProblemError {
  const detail = `must be at most ${LONGEST_PATH_USER} characters, without NUL`;
  return new ProblemError('validation', { faults: [{ parameter: 'user_id', detail }] });
}

function holds({ scopes }: Identity, scope: Scope): boolean {
  return scopes === 'unrestricted' || scopes.has(scope);
}

/** By the name that the issuer gives the scope, or the client could not ask for it. */
function insufficientScope({ scopeNames }: Identity, scope: Scope): ProblemError {
  const challenge = `Bearer error="insufficient_scope", scope="${scopeNames[scope]}"`;
  return new ProblemError('insufficient-scope', { headers: { 'WWW-Authenticate': challenge } });
}
