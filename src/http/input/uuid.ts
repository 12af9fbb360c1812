import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemError } from '../../problems/problem-error';

/** Any 8-4-4-4-12 hex, in either case. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @returns the UUID in lower case; undefined if the text is none */
export function canonicalUuid(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}

/**
 * Reads a UUID in its canonical form; upper case is accepted and answered in lower case.
 * @throws ProblemError `validation` naming the parameter.
 */
export function parseUuid(parameter: string, text: unknown): string {
  const uuid = typeof text === 'string' ? canonicalUuid(text) : undefined;
  if (uuid !== undefined) return uuid;
  const detail = 'must be a UUID, such as 4a8494e7-0e17-4c5b-9f60-3a5d1f0b2c4d';
  throw new ProblemError('validation', { faults: [{ parameter, detail }] });
}

/** Parameter decorator: a UUID from the path. No pipe, so Nest reads it without a promise. */
export const UuidParameter = createParamDecorator((name: string, context: ExecutionContext) =>
  parseUuid(name, context.switchToHttp().getRequest<Request>().params[name]),
);
