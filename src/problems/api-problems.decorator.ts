import { ApiExtension } from '@nestjs/swagger';
import type { ProblemCode } from './problem-types';

/** Where the codes are stored until the document is built (openapi/problem-responses.ts). */
export const PROBLEMS_OF_OPERATION = 'x-problems';

/**
 * Method decorator: the problems that only this operation has. Those that follow from its form (a
 * token, a user in the path, a body) are documented by themselves.
 */
export const ApiProblems = (...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator =>
  ApiExtension(PROBLEMS_OF_OPERATION, codes);
