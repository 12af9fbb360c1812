import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { RequestSchema, isGiven, CheckWith } from '../../http/input/request-validation';
import { canonicalUuid } from '../../http/input/uuid';
import { ProblemDto } from '../../problems/problem.dto';
import { NEIGHBOUR } from '../../tasks/order/move-task.dto';
import { parentFault } from '../../tasks/dto/task-rules';
import { TaskDto } from '../../tasks/dto/task.dto';
import { PatchTaskDto } from '../../tasks/dto/write-task.dto';
import { IDEMPOTENCY_KEY_PATTERN } from '../../tasks/replies/idempotency-key';
import { ENTITY_TAGS_PATTERN } from '../../tasks/task-etag';

export const OPERATIONS = [
  'create',
  'replace',
  'patch',
  'complete',
  'delete',
  'restore',
  'move',
] as const;
export type OperationName = (typeof OPERATIONS)[number];
export const OPERATIONS_MAX = 100;

function operationFault(value: unknown): string | undefined {
  const isKnown = OPERATIONS.some((name) => name === value);
  return isKnown ? undefined : `must be one of ${OPERATIONS.join(', ')}`;
}

function taskIdFault(value: unknown): string | undefined {
  const isUuid = typeof value === 'string' && canonicalUuid(value) !== undefined;
  return isUuid ? undefined : 'must be a UUID';
}

function booleanFault(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false';
}

function textFault(value: unknown): string | undefined {
  return typeof value === 'string' ? undefined : 'must be a string';
}

/** One operation of a bulk without its `task`, which is read like the body of a single request. */
@RequestSchema('BulkOperation', {
  description: 'One write. Its properties depend on `operation`.',
})
export class BulkOperationDto {
  @ApiProperty({
    type: String,
    enum: OPERATIONS,
    description: 'The single request that it replaces.',
    example: 'patch',
  })
  @CheckWith(operationFault)
  readonly operation!: OperationName;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The task of the path. Required except by `create`, which has none.',
  })
  @ValidateIf(isGiven)
  @CheckWith(taskIdFault)
  readonly task_id?: string;

  @ApiPropertyOptional({
    type: () => PatchTaskDto,
    description:
      'The body of `create` (`CreateTask`), `replace` (`ReplaceTask`) or `patch` (`PatchTask`), which require it.',
  })
  readonly task?: PatchTaskDto;

  @ApiPropertyOptional({
    description: 'Of `complete`: sets `completed`. Without it, `completed` is toggled.',
    example: true,
  })
  @ValidateIf(isGiven)
  @CheckWith(booleanFault)
  readonly completed?: boolean;

  @ApiPropertyOptional({
    ...NEIGHBOUR,
    description:
      'Of `move`: the task to come directly after. null or absent: the one before `before`.',
  })
  @ValidateIf(isGiven)
  @CheckWith(parentFault)
  readonly after?: string | null;

  @ApiPropertyOptional({
    ...NEIGHBOUR,
    description:
      'Of `move`: the task to come directly before. null or absent: the one after `after`.',
  })
  @ValidateIf(isGiven)
  @CheckWith(parentFault)
  readonly before?: string | null;

  @ApiPropertyOptional({
    pattern: ENTITY_TAGS_PATTERN,
    description: 'The header `If-Match` of `replace`, `patch`, `complete`, `delete` or `move`.',
    example: '"1795422600125000"',
  })
  @ValidateIf(isGiven)
  @CheckWith(textFault)
  readonly if_match?: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: 255,
    pattern: IDEMPOTENCY_KEY_PATTERN,
    description: 'The header `Idempotency-Key` of this operation.',
  })
  @ValidateIf(isGiven)
  @CheckWith(textFault)
  readonly idempotency_key?: string;
}

@RequestSchema('Bulk', { description: 'Operations that could each be a single request.' })
export class BulkDto {
  @ApiProperty({
    type: [BulkOperationDto],
    minItems: 1,
    maxItems: OPERATIONS_MAX,
    description:
      'Operations on one task, or under one key, run in order; others in any order, deletes before creates.',
  })
  readonly operations!: readonly BulkOperationDto[];
}

@ApiSchema({
  name: 'BulkResult',
  description: 'The answer to one operation, as to a single request.',
})
class BulkResultDto {
  @ApiProperty({ type: 'integer', minimum: 200, maximum: 599, description: 'Its HTTP status.' })
  readonly status!: number;

  @ApiPropertyOptional({
    type: String,
    pattern: '^"[1-9][0-9]*"$',
    description: 'The header `ETag`.',
  })
  readonly etag?: string;

  @ApiPropertyOptional({
    type: String,
    pattern: '^<[^>]+>; rel="next"$',
    description: 'The header `Link`: the next task, after completing one that recurs.',
  })
  readonly link?: string;

  @ApiPropertyOptional({
    type: Boolean,
    description:
      'true: an earlier request under the same key had succeeded, and this one wrote nothing.',
  })
  readonly replayed?: boolean;

  @ApiPropertyOptional({
    type: () => TaskDto,
    description: 'The task, if the operation succeeded.',
  })
  readonly task?: TaskDto;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'The header `Retry-After`, if the operation may be repeated: seconds to wait.',
  })
  readonly retry_after?: number;

  @ApiPropertyOptional({ type: () => ProblemDto, description: 'The problem, if it failed.' })
  readonly problem?: ProblemDto;
}

@ApiSchema({ name: 'BulkResults', description: 'The answers to the operations of a bulk.' })
export class BulkResultsDto {
  @ApiProperty({
    type: [BulkResultDto],
    minItems: 1,
    maxItems: OPERATIONS_MAX,
    description: 'In the order of the operations.',
  })
  readonly results!: readonly BulkResultDto[];
}
