import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateIf } from 'class-validator';
import { CheckEach, CheckWith, isGiven, RequestSchema } from '../../http/input/request-validation';
import { ProblemError } from '../../problems/problem-error';
import { FIELD_NAMES, type TaskField } from '../task-fields';
import { dueFault, timeZoneFault } from './time-rules';
import { EchoedFields } from './echoed-fields';
import {
  canonicalRecurrence,
  originFault,
  recurrenceFault,
  type RecurrenceOrigin,
} from './recurrence-rules';
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
import {
  DESCRIPTION,
  DUE,
  PARENT,
  PRIORITY,
  RECURRENCE,
  RECURRENCE_FROM,
  TAGS,
  TIME_ZONE,
  TITLE,
} from './task-schemas';

/** A class-transformer function: null stands for the default. */
const nullAs =
  (initial: unknown) =>
  ({ value }: { readonly value: unknown }): unknown =>
    value === null ? initial : value;

/** Body of POST, which may be a task that was read: the server names the new one and its times. */
@RequestSchema('CreateTask', {
  description: 'A new task. Sending one as you read it creates a copy.',
})
export class CreateTaskDto extends EchoedFields {
  @ApiProperty(TITLE)
  @Transform(trimmed)
  @CheckWith(titleFault)
  readonly title!: string;

  @ApiPropertyOptional({
    description: 'Any number of lines, kept byte for byte. Absent means null.',
    ...DESCRIPTION,
    example: 'Two litres, unsweetened.',
  })
  @CheckWith(descriptionFault)
  readonly description: string | null = null;

  @ApiPropertyOptional({ description: 'Absent means false.', example: false })
  @CheckWith(completedFault)
  readonly completed: boolean = false;

  @ApiPropertyOptional({
    description:
      'A local date, or a local date and time to the minute, kept as written. Absent means null.',
    ...DUE,
    example: '2026-12-01T09:00',
  })
  @CheckWith(dueFault)
  readonly due: string | null = null;

  @ApiPropertyOptional({
    description:
      'The IANA name of the time zone of `due`; null means wherever the user is. A date has none. Absent means null.',
    ...TIME_ZONE,
    example: 'Europe/Berlin',
  })
  @CheckWith(timeZoneFault)
  readonly time_zone: string | null = null;

  @ApiPropertyOptional({
    description:
      'The rule by which completing the task creates the next one (RFC 5545, RRULE): DAILY; WEEKLY, optionally with BYDAY; MONTHLY, optionally with BYMONTHDAY or numbered weekdays in BYDAY; YEARLY; each optionally with INTERVAL and UNTIL, a date. Parts may have any order and case. It starts at `due`, which must be one of its days. Absent means null.',
    ...RECURRENCE,
    example: 'FREQ=WEEKLY;BYDAY=TU',
  })
  @Transform(canonicalRecurrence)
  @CheckWith(recurrenceFault)
  readonly recurrence: string | null = null;

  @ApiPropertyOptional({
    description:
      'Where the next date is counted from: `due`, or the day of completion. Absent or null means `due`.',
    ...RECURRENCE_FROM,
    example: 'due',
  })
  @Transform(nullAs('due'))
  @CheckWith(originFault)
  readonly recurrence_from: RecurrenceOrigin = 'due';

  @ApiPropertyOptional({
    description: '0 none to 4 highest. Absent or null means 0.',
    ...PRIORITY,
    example: 3,
  })
  @Transform(nullAs(0))
  @CheckWith(priorityFault)
  readonly priority: number = 0;

  @ApiPropertyOptional({
    description:
      'Distinct texts of one line, in their order and case, stored in NFC. Absent or null means none.',
    ...TAGS,
    example: ['shopping'],
  })
  @Transform(nullAs([]))
  @Transform(composed)
  @CheckEach(tagFault)
  @CheckWith(tagsFault)
  readonly tags: readonly string[] = [];

  @ApiPropertyOptional({
    description:
      'The task above this subtask: an existing one of yours, neither this task nor below it. A tree has at most 8 levels. Absent means null.',
    ...PARENT,
    example: null,
  })
  @Transform(inLowerCase)
  @CheckWith(parentFault)
  readonly parent_id: string | null = null;
}

/** The fields that a client sets. */
export type TaskFields = Pick<CreateTaskDto, TaskField>;

/** Body of PUT: an absent optional field gets its default. */
@RequestSchema('ReplaceTask', {
  description:
    'A whole task: absent fields get their defaults. You may send one back as you read it.',
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
  @CheckWith(titleFault)
  readonly title?: string;

  @ApiPropertyOptional({ description: 'null clears it.', ...DESCRIPTION, example: null })
  @ValidateIf(isGiven)
  @CheckWith(descriptionFault)
  readonly description?: string | null;

  @ApiPropertyOptional({ description: 'Whether the task is done.', example: true })
  @ValidateIf(isGiven)
  @CheckWith(completedFault)
  readonly completed?: boolean;

  @ApiPropertyOptional({
    description:
      'A local date, or a local date and time to the minute. A date or null clears `time_zone`; null also clears `recurrence`.',
    ...DUE,
    example: '2026-12-01T09:00',
  })
  @ValidateIf(isGiven)
  @CheckWith(dueFault)
  readonly due?: string | null;

  @ApiPropertyOptional({
    description: 'The IANA name of a zone, for a `due` with a time. null clears it.',
    ...TIME_ZONE,
    example: 'Europe/Berlin',
  })
  @ValidateIf(isGiven)
  @CheckWith(timeZoneFault)
  readonly time_zone?: string | null;

  @ApiPropertyOptional({
    description:
      'The rule by which completing the task creates the next one, as for a create. It must fit the given or stored `due`. null clears it.',
    ...RECURRENCE,
    example: 'FREQ=MONTHLY;BYMONTHDAY=1',
  })
  @Transform(canonicalRecurrence)
  @ValidateIf(isGiven)
  @CheckWith(recurrenceFault)
  readonly recurrence?: string | null;

  @ApiPropertyOptional({
    description: 'Where the next date is counted from. null means `due`.',
    ...RECURRENCE_FROM,
    example: 'completion',
  })
  @Transform(nullAs('due'))
  @ValidateIf(isGiven)
  @CheckWith(originFault)
  readonly recurrence_from?: RecurrenceOrigin;

  @ApiPropertyOptional({
    description: '0 none to 4 highest. null means 0.',
    ...PRIORITY,
    example: 3,
  })
  @Transform(nullAs(0))
  @ValidateIf(isGiven)
  @CheckWith(priorityFault)
  readonly priority?: number;

  @ApiPropertyOptional({
    description: 'All tags of the task. null means none.',
    ...TAGS,
    example: ['shopping'],
  })
  @Transform(nullAs([]))
  @Transform(composed)
  @ValidateIf(isGiven)
  @CheckEach(tagFault)
  @CheckWith(tagsFault)
  readonly tags?: readonly string[];

  @ApiPropertyOptional({
    description:
      'The task above this subtask; its own subtasks come along. null moves it to the top level.',
    ...PARENT,
    example: null,
  })
  @Transform(inLowerCase)
  @ValidateIf(isGiven)
  @CheckWith(parentFault)
  readonly parent_id?: string | null;
}

/** @throws ProblemError `validation` if the patch names nothing that it could change. */
export function requireChange(patch: PatchTaskDto): void {
  if (FIELD_NAMES.some((name) => patch[name] !== undefined)) return;
  const detail = `must have at least one of ${FIELD_NAMES.join(', ')}`;
  throw new ProblemError('validation', { faults: [{ pointer: '', detail }] });
}
