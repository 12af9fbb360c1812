import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemError } from '../../problems/problem-error';
import { isLocalCaller, isLocalPage } from './local-caller';

/**
 * Lets a route answer only programs and pages of this machine. A proxy that leaves no mark looks like
 * one of them, so a server that issues its own tokens must never be behind one that others reach.
 * @throws ProblemError `development-issuer-local-only`
 */
@Injectable()
export class LocalCallerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (isLocalCaller(request) && isLocalPage(request)) return true;
    throw new ProblemError('development-issuer-local-only');
  }
}
