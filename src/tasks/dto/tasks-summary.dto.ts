import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { CheckWith } from '../../http/input/request-validation';
import { SUMMARY_TAGS_MAX, type TasksSummary } from '../tasks.summary';
import { TIME_ZONE_MAX_LENGTH, TIME_ZONE_PATTERN, zoneNameFault } from './time-rules';

const COUNT = { type: 'integer', minimum: 0 } as const;

@ApiSchema({ name: 'TagCount', description: 'A tag, and how many open tasks have it.' })
class TagCountDto {
  @ApiProperty({ description: 'The tag.' })
  readonly name!: string;

  @ApiProperty({ ...COUNT, description: 'Open tasks with this tag.' })
  readonly open!: number;
}

@ApiSchema({ name: 'TasksSummary', description: 'What there is to do.' })
export class TasksSummaryDto implements TasksSummary {
  @ApiProperty({ ...COUNT, description: 'Tasks that are not completed.' })
  readonly open!: number;

  @ApiProperty({
    ...COUNT,
    description: 'Open tasks whose `due` has passed: a date at the end of its day.',
  })
  readonly overdue!: number;

  @ApiProperty({
    ...COUNT,
    description: 'Open tasks that are due today, even if their time has passed.',
  })
  readonly due_today!: number;

  @ApiProperty({
    type: [TagCountDto],
    maxItems: SUMMARY_TAGS_MAX,
    description: 'The tags of open tasks, the most used first; equally used ones by code point.',
  })
  readonly tags!: readonly TagCountDto[];
}

/** Query of the summary. */
export class SummaryQuery {
  @ApiPropertyOptional({
    maxLength: TIME_ZONE_MAX_LENGTH,
    pattern: TIME_ZONE_PATTERN,
    description: 'The time zone of the user: an IANA name such as `Europe/Berlin`.',
    default: 'UTC',
  })
  @CheckWith(zoneNameFault)
  readonly time_zone: string = 'UTC';
}
