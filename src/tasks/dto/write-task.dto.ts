import { ApiProperty, type ApiPropertyOptions, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateIf } from 'class-validator';
import { isGiven, Obeys } from '../../http/input/request-validation';
import { RequestSchema } from '../../http/input/request-schema.decorator';
import { ProblemError } from '../../problems/problem-error';
import { FIELD_NAMES, type TaskField } from '../task-fields';
import { DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH } from '../task.entity';
import { EchoedFields } from './echoed-fields';
import { TEXT_PATTERN, TITLE_PATTERN } from './task-characters';
import { completedFault, descriptionFault, titleFault, trimmed } from './task-rules';

const TITLE = {
  description:
    'One line with something to see; white space around it is removed. Isolates of text direction (U+2066 to U+2068) are closed by U+2069.',
  minLength: 1,
  maxLength: TITLE_MAX_LENGTH,
  pattern: TITLE_PATTERN,
  example: 'Buy oat milk',
} as const satisfies ApiPropertyOptions;

const DESCRIPTION = {
  type: String,
  nullable: true,
  maxLength: DESCRIPTION_MAX_LENGTH,
  pattern: TEXT_PATTERN,
} as const satisfies ApiPropertyOptions;

/** Body of POST, which may be a task that was read: the server names the new one and its times. */
@RequestSchema('CreateTask', {
  description: 'A new task. One that was read may be sent as it is, and makes a copy.',
})
export class CreateTaskDto extends EchoedFields {
  @ApiProperty(TITLE)
  @Transform(trimmed)
  @Obeys(titleFault)
  readonly title!: string;

  @ApiPropertyOptional({
    description: 'Any number of lines, kept byte for byte. Absent means null.',
    ...DESCRIPTION,
    example: 'Two litres, unsweetened.',
  })
  @Obeys(descriptionFault)
  readonly description: string | null = null;

  @ApiPropertyOptional({ description: 'Absent means false.', example: false })
  @Obeys(completedFault)
  readonly completed: boolean = false;
}

/** What a client decides about a task. */
export type TaskFields = Pick<CreateTaskDto, TaskField>;

/** Body of PUT: an absent optional field gets its default. */
@RequestSchema('ReplaceTask', {
  description: 'A whole task: what is absent gets its default. One that was read may be sent back.',
})
export class ReplaceTaskDto extends CreateTaskDto {}

/** Body of PATCH, a JSON merge patch (RFC 7396): absent keeps, null clears. */
@RequestSchema('PatchTask', {
  description: 'A JSON merge patch (RFC 7396) that names at least one of the fields to change.',
  minProperties: 1,
})
export class PatchTaskDto extends EchoedFields {
  @ApiPropertyOptional(TITLE)
  @Transform(trimmed)
  @ValidateIf(isGiven)
  @Obeys(titleFault)
  readonly title?: string;

  @ApiPropertyOptional({ description: 'null clears it.', ...DESCRIPTION, example: null })
  @ValidateIf(isGiven)
  @Obeys(descriptionFault)
  readonly description?: string | null;

  @ApiPropertyOptional({ description: 'Whether the task is done.', example: true })
  @ValidateIf(isGiven)
  @Obeys(completedFault)
  readonly completed?: boolean;
}

/** @throws ProblemError `validation` if the patch names nothing that it could change. */
export function requireChange(patch: PatchTaskDto): void {
  if (FIELD_NAMES.some((name) => patch[name] !== undefined)) return;
  const detail = `must have at least one of ${FIELD_NAMES.join(', ')}`;
  throw new ProblemError('validation', { faults: [{ pointer: '', detail }] });
}

/** Optional body of PATCH …/complete. With it, a repeat does no harm; without, the task toggles. */
@RequestSchema('CompleteTask', {
  description: 'What `completed` shall be. Without this body it becomes what it is not.',
})
export class CompleteTaskDto {
  @ApiProperty({ description: 'Whether the task is done.', example: true })
  @Obeys(completedFault)
  readonly completed!: boolean;
}
