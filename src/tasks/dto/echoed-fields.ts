import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { isGiven, Obeys } from '../../http/input/request-validation';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { TIMESTAMP_PATTERN, timestampFault } from './task-rules';

function textFault(value: unknown): string | undefined {
  return typeof value === 'string' ? undefined : 'must be a string';
}

/**
 * What the server alone decides. A client may send back a whole task that it has read: the ids
 * must then be those of the path, and the times are ignored. That is what JSON Schema means by
 * readOnly.
 */
export class EchoedFields {
  @ApiPropertyOptional({
    format: 'uuid',
    readOnly: true,
    description: 'If given, must be the id in the path.',
  })
  @ValidateIf(isGiven)
  @Obeys(textFault)
  readonly id?: string;

  @ApiPropertyOptional({
    format: 'uuid',
    readOnly: true,
    description: 'If given, must be the user id of the path.',
  })
  @ValidateIf(isGiven)
  @Obeys(textFault)
  readonly user_id?: string;

  @ApiPropertyOptional({
    format: 'date-time',
    pattern: TIMESTAMP_PATTERN,
    readOnly: true,
    description: 'Ignored.',
  })
  @ValidateIf(isGiven)
  @Obeys(timestampFault)
  readonly created_at?: string;

  @ApiPropertyOptional({
    format: 'date-time',
    pattern: TIMESTAMP_PATTERN,
    readOnly: true,
    description: 'Ignored.',
  })
  @ValidateIf(isGiven)
  @Obeys(timestampFault)
  readonly updated_at?: string;
}

/** @throws ProblemError `validation` if the body speaks of another task than the path. */
export function requireSameTask(
  fields: Pick<EchoedFields, 'id' | 'user_id'>,
  path: { readonly id: string; readonly user_id: string },
): void {
  const faults: RequestFault[] = [];
  for (const property of ['id', 'user_id'] as const) {
    const echoed = fields[property];
    if (echoed !== undefined && echoed.toLowerCase() !== path[property]) {
      faults.push({ pointer: `/${property}`, detail: 'must be the one in the path, or absent' });
    }
  }
  if (faults.length > 0) throw new ProblemError('validation', { faults });
}
