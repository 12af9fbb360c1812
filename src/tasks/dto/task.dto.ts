import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { UTC_TIMESTAMP } from '../../http/output/utc-timestamp';
import {
  DESCRIPTION_MAX_LENGTH,
  PRIORITY_MAX,
  RECURRENCE_MAX_LENGTH,
  TAG_MAX_LENGTH,
  TAGS_MAX,
  TITLE_MAX_LENGTH,
} from '../task.entity';
import { POSITION_MAX_LENGTH, POSITION_PATTERN } from '../task-fields';
import { LIMIT_MAX } from './list-tasks.query';
import { RECURRENCE_ORIGINS, type RecurrenceOrigin } from './recurrence-rules';

/** A task as clients see it. `taskJson` writes the JSON (task-fields.ts); this describes it. */
@ApiSchema({ name: 'Task', description: 'A task of one user.' })
export class TaskDto {
  @ApiProperty({ format: 'uuid', description: 'A UUIDv7; its time is `created_at`.' })
  readonly id!: string;

  @ApiProperty({ format: 'uuid', description: 'The owner of the task.' })
  readonly user_id!: string;

  @ApiProperty({
    minLength: 1,
    maxLength: TITLE_MAX_LENGTH,
    description: 'One line.',
  })
  readonly title!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    maxLength: DESCRIPTION_MAX_LENGTH,
    description: 'Any number of lines, or null.',
  })
  readonly description!: string | null;

  @ApiProperty({ description: 'Whether the task is done.' })
  readonly completed!: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'A local date, or a local date and time to the minute; or null.',
  })
  readonly due!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The time zone of `due`; null means wherever the user is, or that `due` has no time.',
  })
  readonly time_zone!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    maxLength: RECURRENCE_MAX_LENGTH,
    description:
      'The rule by which completing the task creates the next one (RFC 5545, RRULE), in canonical form; null if there is none, or if the task is completed.',
  })
  readonly recurrence!: string | null;

  @ApiProperty({
    type: String,
    enum: RECURRENCE_ORIGINS,
    description: 'Where the next date is counted from.',
  })
  readonly recurrence_from!: RecurrenceOrigin;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: PRIORITY_MAX,
    description: '0 none to 4 highest.',
  })
  readonly priority!: number;

  @ApiProperty({
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: TAG_MAX_LENGTH },
    maxItems: TAGS_MAX,
    description: 'Distinct texts, in the given order.',
  })
  readonly tags!: readonly string[];

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The task above this subtask, which may have been deleted; or null.',
  })
  readonly parent_id!: string | null;

  @ApiProperty({
    minLength: 1,
    maxLength: POSITION_MAX_LENGTH,
    pattern: POSITION_PATTERN,
    description:
      'Sorts the tasks of the user as arranged, compared byte by byte. No two tasks have the same.',
  })
  readonly position!: string;

  @ApiProperty({
    ...UTC_TIMESTAMP,
    type: String,
    nullable: true,
    description:
      'When it was completed; null if it is open, or was completed before this field existed.',
  })
  readonly completed_at!: string | null;

  @ApiProperty({ ...UTC_TIMESTAMP, description: 'When it was created: UTC, with milliseconds.' })
  readonly created_at!: string;

  @ApiProperty({
    ...UTC_TIMESTAMP,
    description: 'When the last write was accepted: UTC, with milliseconds.',
  })
  readonly updated_at!: string;
}

@ApiSchema({ name: 'TaskPage', description: 'A page of a list of tasks.' })
export class TaskPageDto {
  @ApiProperty({ type: [TaskDto], maxItems: LIMIT_MAX, description: 'In the order of the list.' })
  readonly items!: readonly TaskDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The `cursor` of the next page; null on the last one.',
  })
  readonly next_cursor!: string | null;
}
