import { ApiExtension, ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import type { ProblemDocument } from './problem-document';
import type { RequestFault } from './problem-error';
import { PROBLEM_TYPES, type ProblemCode } from './problem-types';

const FAULT_SCHEMA = {
  name: 'RequestFault',
  description:
    'One faulty place, named by `pointer`, `parameter` or `header`. It never repeats the input.',
};

/** Not an enum: clients that were generated earlier would not read an answer with a new code. */
const CODE_DESCRIPTION = `For programs: a code never changes its meaning. Newer versions may add codes; today there are ${Object.keys(
  PROBLEM_TYPES,
)
  .map((code) => `\`${code}\``)
  .join(', ')}.`;

@ApiSchema(FAULT_SCHEMA)
class RequestFaultDto {
  @ApiPropertyOptional({
    description: 'JSON pointer into the body (RFC 6901); empty for the body as a whole.',
    example: '/title',
  })
  readonly pointer?: string;

  @ApiPropertyOptional({ description: 'Name of a path or query parameter.', example: 'limit' })
  readonly parameter?: string;

  @ApiPropertyOptional({ description: 'Name of a request header.', example: 'If-Match' })
  readonly header?: string;

  @ApiProperty({ description: 'What is wrong there.', example: 'must not be blank' })
  readonly detail!: string;
}

@ApiSchema({ name: 'Problem', description: 'Body of every error answer (RFC 9457).' })
export class ProblemDto implements ProblemDocument {
  @ApiProperty({
    format: 'uri-reference',
    pattern: '^/problems/[a-z-]+$',
    description: 'The page of this API that explains the problem, relative to its root.',
  })
  readonly type!: string;

  @ApiProperty({ description: 'The same for every occurrence of this `type`.' })
  readonly title!: string;

  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599, description: 'The HTTP status.' })
  readonly status!: number;

  @ApiProperty({ description: 'What to do about it.' })
  readonly detail!: string;

  @ApiProperty({
    type: String,
    pattern: '^[a-z]+(-[a-z]+)*$',
    example: 'validation',
    description: CODE_DESCRIPTION,
  })
  readonly code!: ProblemCode;

  @ApiProperty({
    minLength: 1,
    maxLength: 64,
    description: 'Identifies this occurrence; the same as in the header `X-Request-Id`.',
  })
  readonly request_id!: string;

  @ApiPropertyOptional({
    type: [RequestFaultDto],
    minItems: 1,
    maxItems: 20,
    description: 'The faulty places, for codes that have them.',
  })
  readonly errors?: readonly RequestFault[];
}

/** Where the codes are stored until the document is built (openapi/problem-responses.ts). */
export const PROBLEMS_OF_OPERATION = 'x-problems';

/**
 * Method decorator: the problems that only this operation has. Those that follow from its form (a
 * token, a user in the path, a body) are documented by themselves.
 */
export const ApiProblems = (...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator =>
  ApiExtension(PROBLEMS_OF_OPERATION, codes);
