import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { isGiven, CheckWith } from '../../http/input/request-validation';
import { canonicalUuid } from '../../http/input/uuid';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { POSITION_MAX_LENGTH, POSITION_PATTERN } from '../task-fields';
import { timestampFault } from './time-rules';

const POSITION = new RegExp(POSITION_PATTERN);

function uuidFault(value: unknown): string | undefined {
  const isUuid = typeof value === 'string' && canonicalUuid(value) !== undefined;
  return isUuid ? undefined : 'must be a UUID';
}

function positionFault(value: unknown): string | undefined {
  const isPosition = typeof value === 'string' && POSITION.test(value);
  return isPosition && value.length <= POSITION_MAX_LENGTH
    ? undefined
    : `must be 1 to ${POSITION_MAX_LENGTH} letters and digits of ASCII`;
}

function timeOrNullFault(value: unknown): string | undefined {
  return value === null ? undefined : timestampFault(value);
}

function textFault(value: unknown): string | undefined {
  return typeof value === 'string' ? undefined : 'must be a string';
}

/**
 * Fields that only the server sets. A client may send back a whole task as it read it: the ids must
 * then be those of the path, and the times are ignored, as readOnly in JSON Schema means. The path
 * of a create has no task, so there the id is ignored too.
 */
export class EchoedFields {
  @ApiPropertyOptional({
    format: 'uuid',
    readOnly: true,
    description: 'In a replacement, the id of the path. A create ignores it.',
  })
  @ValidateIf(isGiven)
  @CheckWith(uuidFault)
  readonly id?: string;

  @ApiPropertyOptional({
    format: 'uuid',
    readOnly: true,
    description: 'The user id of the path.',
  })
  @ValidateIf(isGiven)
  @CheckWith(textFault)
  readonly user_id?: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: POSITION_MAX_LENGTH,
    pattern: POSITION_PATTERN,
    readOnly: true,
    description: 'Ignored: a move sets it.',
  })
  @ValidateIf(isGiven)
  @CheckWith(positionFault)
  readonly position?: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    format: 'date-time',
    readOnly: true,
    description: 'Ignored: the server sets it.',
  })
  @ValidateIf(isGiven)
  @CheckWith(timeOrNullFault)
  readonly completed_at?: string | null;

  @ApiPropertyOptional({
    format: 'date-time',
    readOnly: true,
    description: 'Ignored: the server sets it.',
  })
  @ValidateIf(isGiven)
  @CheckWith(timestampFault)
  readonly created_at?: string;

  @ApiPropertyOptional({
    format: 'date-time',
    readOnly: true,
    description: 'Ignored: the server sets it.',
  })
  @ValidateIf(isGiven)
  @CheckWith(timestampFault)
  readonly updated_at?: string;
}

/** @throws ProblemError `validation` if the body names another task or user than the path. */
export function requireSameTask(
  fields: Pick<EchoedFields, 'id' | 'user_id'>,
  path: { readonly id?: string; readonly user_id: string },
): void {
  const faults: RequestFault[] = [];
  for (const property of ['id', 'user_id'] as const) {
    const [echoed, inPath] = [fields[property], path[property]];
    if (echoed !== undefined && inPath !== undefined && echoed.toLowerCase() !== inPath) {
      faults.push({ pointer: `/${property}`, detail: 'must be the one in the path, or absent' });
    }
  }
  if (faults.length > 0) throw new ProblemError('validation', { faults });
}
