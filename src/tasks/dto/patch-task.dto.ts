import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateIf } from 'class-validator';
import { Obeys } from '../../http/input/rule.decorator';
import { RequestSchema } from '../../http/input/request-schema.decorator';
import { ProblemError } from '../../problems/problem-error';
import { DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH } from '../task.entity';
import { EchoedFields, isGiven } from './echoed-fields';
import { TEXT_PATTERN, TITLE_PATTERN } from './task-characters';
import { completedFault, descriptionFault, titleFault, trimmed } from './task-rules';

/** Body of PATCH, a JSON merge patch (RFC 7396): absent keeps, null clears. */
@RequestSchema('PatchTask', {
  description: 'A JSON merge patch (RFC 7396) that names at least one of the fields to change.',
  anyOf: [{ required: ['title'] }, { required: ['description'] }, { required: ['completed'] }],
})
export class PatchTaskDto extends EchoedFields {
  @ApiPropertyOptional({
    description:
      'One line with something to see; white space around it is removed. Isolates of text direction (U+2066 to U+2068) are closed by U+2069.',
    minLength: 1,
    maxLength: TITLE_MAX_LENGTH,
    pattern: TITLE_PATTERN,
    example: 'Buy oat milk',
  })
  @Transform(trimmed)
  @ValidateIf(isGiven)
  @Obeys(titleFault)
  readonly title?: string;

  @ApiPropertyOptional({
    description: 'null clears it.',
    type: String,
    nullable: true,
    maxLength: DESCRIPTION_MAX_LENGTH,
    pattern: TEXT_PATTERN,
    example: null,
  })
  @ValidateIf(isGiven)
  @Obeys(descriptionFault)
  readonly description?: string | null;

  @ApiPropertyOptional({ example: true })
  @ValidateIf(isGiven)
  @Obeys(completedFault)
  readonly completed?: boolean;
}

/** @throws ProblemError `validation` if the patch names nothing that it could change. */
export function requireChange({ title, description, completed }: PatchTaskDto): void {
  if (title === undefined && description === undefined && completed === undefined) {
    throw new ProblemError('validation', {
      faults: [{ pointer: '', detail: 'must have at least one of title, description, completed' }],
    });
  }
}
