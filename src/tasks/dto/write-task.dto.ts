import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateIf } from 'class-validator';
import { EachObeys, isGiven, Obeys } from '../../http/input/request-validation';
import { RequestSchema } from '../../http/input/request-schema.decorator';
import { ProblemError } from '../../problems/problem-error';
import { FIELD_NAMES, type TaskField } from '../task-fields';
import { dueFault, timeZoneFault } from './due-rules';
import { EchoedFields } from './echoed-fields';
import {
  completedFault,
  composed,
  descriptionFault,
  inLowerCase,
  parentFault,
  priorityFault,
  tagFault,
  tagsFault,
  titleFault,
  trimmed,
} from './task-rules';
import { DESCRIPTION, DUE, PARENT, PRIORITY, TAGS, TIME_ZONE, TITLE } from './task-schemas';

/** A class-transformer function: null stands for the default. */
const nullAs =
  (initial: unknown) =>
  ({ value }: { readonly value: unknown }): unknown =>
    value === null ? initial : value;

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

  @ApiPropertyOptional({
    description:
      'A local date, or a local date and time to the minute, kept as it is written. Absent means null.',
    ...DUE,
    example: '2026-12-01T09:00',
  })
  @Obeys(dueFault)
  readonly due: string | null = null;

  @ApiPropertyOptional({
    description:
      'The IANA name of the zone in which `due` has its time; null means wherever the user is. A date has none. Absent means null.',
    ...TIME_ZONE,
    example: 'Europe/Berlin',
  })
  @Obeys(timeZoneFault)
  readonly time_zone: string | null = null;

  @ApiPropertyOptional({
    description: '0 none to 4 highest. Absent or null means 0.',
    ...PRIORITY,
    example: 3,
  })
  @Transform(nullAs(0))
  @Obeys(priorityFault)
  readonly priority: number = 0;

  @ApiPropertyOptional({
    description:
      'Distinct texts of one line, in their order and case, stored in NFC. Absent or null means none.',
    ...TAGS,
    example: ['shopping'],
  })
  @Transform(nullAs([]))
  @Transform(composed)
  @EachObeys(tagFault)
  @Obeys(tagsFault)
  readonly tags: readonly string[] = [];

  @ApiPropertyOptional({
    description:
      'The task that this one is a subtask of: an own one that is there, and neither the task itself nor below it. A tree has at most 8 levels. Absent means null, none.',
    ...PARENT,
    example: null,
  })
  @Transform(inLowerCase)
  @Obeys(parentFault)
  readonly parent_id: string | null = null;
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

  @ApiPropertyOptional({
    description:
      'A local date, or a local date and time to the minute. A date clears `time_zone`, and so does null, which clears both.',
    ...DUE,
    example: '2026-12-01T09:00',
  })
  @ValidateIf(isGiven)
  @Obeys(dueFault)
  readonly due?: string | null;

  @ApiPropertyOptional({
    description: 'The IANA name of a zone, for a `due` with a time. null clears it.',
    ...TIME_ZONE,
    example: 'Europe/Berlin',
  })
  @ValidateIf(isGiven)
  @Obeys(timeZoneFault)
  readonly time_zone?: string | null;

  @ApiPropertyOptional({
    description: '0 none to 4 highest. null means 0.',
    ...PRIORITY,
    example: 3,
  })
  @Transform(nullAs(0))
  @ValidateIf(isGiven)
  @Obeys(priorityFault)
  readonly priority?: number;

  @ApiPropertyOptional({
    description: 'All tags that the task shall have. null means none.',
    ...TAGS,
    example: ['shopping'],
  })
  @Transform(nullAs([]))
  @Transform(composed)
  @ValidateIf(isGiven)
  @EachObeys(tagFault)
  @Obeys(tagsFault)
  readonly tags?: readonly string[];

  @ApiPropertyOptional({
    description:
      'The task that this one is a subtask of; its own subtasks come along. null makes it a task of the highest level.',
    ...PARENT,
    example: null,
  })
  @Transform(inLowerCase)
  @ValidateIf(isGiven)
  @Obeys(parentFault)
  readonly parent_id?: string | null;
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
