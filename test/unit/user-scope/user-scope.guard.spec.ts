import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import type { Identity } from '../../../src/auth/identity';
import type { RequestAuthenticator } from '../../../src/auth/request-authenticator';
import type { IsolationStatus } from '../../../src/user-scope/isolation-status';
import { ProblemError } from '../../../src/problems/problem-error';
import { Public } from '../../../src/auth/public.decorator';
import { RequiresScope, UserScopeGuard } from '../../../src/user-scope/user-scope.guard';
import { UserScope } from '../../../src/user-scope/user-scope';
import { refusalOf } from '../../support/app/refusal';
import { OWN_SCOPE_NAMES } from '../../support/app/issuers';

const USER = '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';
const OTHER = '1c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';
const IDENTITY: Identity = {
  userId: USER,
  subject: USER,
  email: null,
  scopes: 'unrestricted',
  scopeNames: OWN_SCOPE_NAMES,
  expiresAt: 0,
};

class Routes {
  @Public()
  open(): void {
    return;
  }

  @RequiresScope('tasks:read')
  read(): void {
    return;
  }

  plain(): void {
    return;
  }
}

function contextOf(route: keyof Routes, request: Partial<Request>): ExecutionContext {
  return {
    getHandler: () => Object.getOwnPropertyDescriptor(Routes.prototype, route)?.value as unknown,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
}

const guardFor = (
  identify: () => Identity | Promise<Identity>,
  refusal: () => ProblemError | undefined = () => undefined,
): UserScopeGuard =>
  new UserScopeGuard({ identify } as unknown as RequestAuthenticator, new Reflector(), {
    refusal,
  } as unknown as IsolationStatus);
const known = guardFor(() => IDENTITY);
const at = (userId?: string): Partial<Request> => ({
  params: userId === undefined ? {} : { user_id: userId },
});

describe('the guard', () => {
  it('lets anybody through to a public route, and mints nothing', () => {
    const request = at(OTHER);
    const asked = guardFor(() => {
      throw new Error('nobody should ask');
    });

    expect(asked.canActivate(contextOf('open', request))).toBe(true);
    expect(request.userScope).toBeUndefined();
  });

  it.each([USER, USER.toUpperCase(), 'me', undefined])(
    'mints the scope of the caller for the path of %s, at once',
    (userId) => {
      const request = at(userId);

      expect(known.canActivate(contextOf('plain', request))).toBe(true);
      expect(request.userScope).toBeInstanceOf(UserScope);
      expect(request.userScope?.userId).toBe(USER);
      expect(request.identity).toBe(IDENTITY);
    },
  );

  it('waits where the token is new', async () => {
    const request = at('me');
    const entered = guardFor(() => Promise.resolve(IDENTITY)).canActivate(
      contextOf('plain', request),
    );

    expect(entered).toBeInstanceOf(Promise);
    expect(await entered).toBe(true);
    expect(request.userScope?.userId).toBe(USER);
  });

  it.each([
    [OTHER, 'forbidden'],
    ['Me', 'forbidden'],
    [`${USER} `, 'forbidden'],
    ['*', 'forbidden'],
    [`${USER}\0`, 'validation'],
  ])('refuses the path of %j, and mints nothing', async (userId, code) => {
    const request = at(userId);
    const refusal = await refusalOf(() => known.canActivate(contextOf('plain', request)));

    expect(refusal.code).toBe(code);
    expect(request.userScope).toBeUndefined();
    expect(request.identity).toBeUndefined();
  });

  it('refuses whom the token does not name, and mints nothing', async () => {
    const request = at('me');
    const refused = guardFor(() => {
      throw new ProblemError('unauthenticated');
    });

    expect((await refusalOf(() => refused.canActivate(contextOf('plain', request)))).code).toBe(
      'unauthenticated',
    );
    expect(request.userScope).toBeUndefined();
  });

  it('mints nothing while the database does not isolate users', () => {
    const request = at('me');
    const guard = guardFor(
      () => IDENTITY,
      () => new ProblemError('isolation-lost'),
    );

    expect(() => guard.canActivate(contextOf('plain', request))).toThrow('isolation-lost');
    expect(request.userScope).toBeUndefined();
  });

  it.each<[Identity['scopes'], boolean]>([
    ['unrestricted', true],
    [new Set(['tasks:read']), true],
    [new Set(['tasks:write']), false],
    [new Set(), false],
  ])('asks for the scope of the route: %j may: %s', async (scopes, may) => {
    const guard = guardFor(() => ({ ...IDENTITY, scopes }));
    const enter = () => guard.canActivate(contextOf('read', at('me')));

    if (may) {
      expect(enter()).toBe(true);
    } else {
      const { code, headers } = await refusalOf(enter);
      expect(code).toBe('insufficient-scope');
      expect(headers['WWW-Authenticate']).toBe(
        'Bearer error="insufficient_scope", scope="tasks:read"',
      );
    }
  });

  it('tells nothing of the scope on a foreign path', async () => {
    const guard = guardFor(() => ({ ...IDENTITY, scopes: new Set() }));

    expect((await refusalOf(() => guard.canActivate(contextOf('read', at(OTHER))))).code).toBe(
      'forbidden',
    );
  });
});
