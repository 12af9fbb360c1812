import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateIf } from 'class-validator';
import { RequestSchema, isGiven, CheckWith } from '../../http/input/request-validation';
import { ProblemError } from '../../problems/problem-error';
import { inLowerCase, parentFault as taskIdFault } from '../dto/task-rules';

export const NEIGHBOUR = { type: String, format: 'uuid', nullable: true, example: null } as const;

/** Body of POST …/move. */
@RequestSchema('MoveTask', {
  description:
    'The new place: after one task, before another, or between both. At least one is required.',
})
export class MoveTaskDto {
  @ApiPropertyOptional({
    ...NEIGHBOUR,
    description: 'The task to come directly after. null or absent: the one before `before`.',
  })
  @Transform(inLowerCase)
  @ValidateIf(isGiven)
  @CheckWith(taskIdFault)
  readonly after?: string | null;

  @ApiPropertyOptional({
    ...NEIGHBOUR,
    description: 'The task to come directly before. null or absent: the one after `after`.',
  })
  @Transform(inLowerCase)
  @ValidateIf(isGiven)
  @CheckWith(taskIdFault)
  readonly before?: string | null;
}

/** Where a task shall stand: one of them may be undefined. */
export interface Neighbours {
  readonly after: string | undefined;
  readonly before: string | undefined;
}

/** @throws ProblemError `validation` where no neighbour is named */
export function neighboursOf({ after, before }: MoveTaskDto): Neighbours {
  if (after == null && before == null) {
    const detail = 'must have after, before or both, with the id of a task';
    throw new ProblemError('validation', { faults: [{ pointer: '', detail }] });
  }
  return { after: after ?? undefined, before: before ?? undefined };
}
