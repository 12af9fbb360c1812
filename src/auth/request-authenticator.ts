import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemError } from '../problems/problem-error';
import { PROBLEM_TYPES } from '../problems/problem-types';
import { clientNetwork } from '../rate-limit/client-network';
import { FailedAuthentications } from '../rate-limit/rate-limits';
import type { Identity } from './identity';
import { TokenVerifier, type VerifiedToken } from './tokens/token-verifier';

declare module 'express-serve-static-core' {
  interface Request {
    /** What was known about its token on arrival. */
    recalledToken: VerifiedToken | undefined;
  }
}

const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;
const UNAUTHORIZED = 401;

/**
 * Determines who sends a request. Tokens from an address that has failed too often are no longer
 * checked; its callers with known tokens are still served.
 */
@Injectable()
export class RequestAuthenticator {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly failures: FailedAuthentications,
  ) {}

  /**
   * Names the caller with whom a request shares its turns: the user, if the token was verified before,
   * otherwise the address of the client. An unverified token could name anybody.
   */
  callerOf(request: Request): string {
    const token = bearerToken(request);
    const known = token === undefined ? undefined : this.tokens.recall(token);
    request.recalledToken = known;
    return known?.identity.userId ?? clientNetwork(request);
  }

  /**
   * Answers at once, without a promise, for a token that was verified before.
   *
   * Throws or rejects with ProblemError `unauthenticated` or `quota-exceeded`, or with those of
   * `TokenVerifier.verify`.
   */
  identify(request: Request): Identity | Promise<Identity> {
    const token = bearerToken(request);
    const { recalledToken } = request;
    const refusal = this.failures.refusalOf(request);
    if (refusal !== undefined && recalledToken === undefined) throw refusal;
    if (token === undefined) {
      this.failures.count(request);
      throw new ProblemError('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer' } });
    }
    const identity = this.tokens.verify(token, recalledToken);
    return identity instanceof Promise ? this.#countFailure(request, identity) : identity;
  }

  async #countFailure(request: Request, identity: Promise<Identity>): Promise<Identity> {
    try {
      return await identity;
    } catch (error) {
      if (isUnauthorized(error)) this.failures.count(request);
      throw error;
    }
  }
}

function bearerToken({ headers }: Request): string | undefined {
  return BEARER.exec(headers.authorization ?? '')?.[1];
}

/** A provider that cannot be reached is no fault of the client. */
function isUnauthorized(error: unknown): boolean {
  return error instanceof ProblemError && PROBLEM_TYPES[error.code].status === UNAUTHORIZED;
}
