import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, MaxLength, ValidateIf } from 'class-validator';
import { EachObeys, isGiven, Obeys } from '../../http/input/request-validation';
import { PRIORITY_MAX, TAG_MAX_LENGTH, TAGS_MAX } from '../task.entity';
import { DUE_PATTERN, TIME_ZONE_MAX_LENGTH, TIME_ZONE_PATTERN, zoneNameFault } from './due-rules';
import {
  dueFilterFault,
  LIMIT_MAX,
  limitFault,
  listOf,
  listZoneFault,
  PARENT_FILTER_PATTERN,
  parentFilterFault,
  SEARCH_MAX_LENGTH,
  searchFault,
  timestampFilterFault,
  trueOrFalse,
  trueOrFalseFault,
  wholeNumber,
} from './list-rules';
import { LINE_PATTERN, TAG_PATTERN } from './task-characters';
import { composed, inLowerCase, priorityFault, tagFault, tagsFault } from './task-rules';

export const LIMIT_DEFAULT = 50;
/** Holds the longest title, escaped. */
const CURSOR_MAX_LENGTH = 2_000;

/** Every order of a list; a minus sign means descending. */
export const SORTS = [
  '-created_at',
  'created_at',
  '-updated_at',
  'updated_at',
  'title',
  '-title',
  'due',
  '-due',
  'priority',
  '-priority',
  'position',
  '-position',
] as const;
export type Sort = (typeof SORTS)[number];
/** Generated clients name the values by the extension, for a minus sign is no part of a name. */
const SORT_SCHEMA = {
  description:
    'Order; a minus sign means descending. Titles compare by code point. Tasks without `due` are last, and a date is before its times. `position` is as the user has arranged them.',
  'x-enum-varnames': SORTS.map((sort) =>
    (sort.startsWith('-') ? `${sort.slice(1)}_desc` : sort).toUpperCase(),
  ),
};

/** What a list may be filtered by since 0.1. Cursors are bound to these, in this order. */
export const FILTERS = [
  'completed',
  'q',
  'created_after',
  'created_before',
  'updated_after',
  'updated_before',
] as const;

/** The same, of later releases. They are bound by their names, so cursors of before stay good. */
export const LATER_FILTERS = [
  'due_before',
  'due_after',
  'overdue',
  'time_zone',
  'no_due',
  'priority',
  'priority_min',
  'tag',
  'parent_id',
] as const;

const TIMESTAMP = { format: 'date-time' } as const;

const DUE = { pattern: DUE_PATTERN } as const;
const PRIORITY = { type: 'integer', minimum: 0, maximum: PRIORITY_MAX } as const;

/** Query of the list. Every parameter may be given once; others are refused. */
export class ListTasksQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: LIMIT_MAX,
    default: LIMIT_DEFAULT,
    description: 'Tasks on a page. More than the maximum is refused, never clamped.',
  })
  @Transform(wholeNumber)
  @Obeys(limitFault)
  readonly limit: number = LIMIT_DEFAULT;

  @ApiPropertyOptional({
    description: '`next_cursor` of the page before, with the same filters and sort. Opaque.',
    minLength: 1,
    maxLength: CURSOR_MAX_LENGTH,
    pattern: '^[A-Za-z0-9_-]+$',
  })
  @ValidateIf(isGiven)
  @MaxLength(CURSOR_MAX_LENGTH, { message: 'is not a cursor of this API' })
  readonly cursor?: string;

  @ApiPropertyOptional({
    type: Boolean,
    description: 'Only tasks that are, or are not, completed.',
  })
  @Transform(trueOrFalse)
  @ValidateIf(isGiven)
  @Obeys(trueOrFalseFault)
  readonly completed?: boolean;

  @ApiPropertyOptional({ ...TIMESTAMP, description: 'Only tasks created later than this.' })
  @ValidateIf(isGiven)
  @Obeys(timestampFilterFault)
  readonly created_after?: string;

  @ApiPropertyOptional({ ...TIMESTAMP, description: 'Only tasks created earlier than this.' })
  @ValidateIf(isGiven)
  @Obeys(timestampFilterFault)
  readonly created_before?: string;

  @ApiPropertyOptional({ ...TIMESTAMP, description: 'Only tasks changed later than this.' })
  @ValidateIf(isGiven)
  @Obeys(timestampFilterFault)
  readonly updated_after?: string;

  @ApiPropertyOptional({ ...TIMESTAMP, description: 'Only tasks changed earlier than this.' })
  @ValidateIf(isGiven)
  @Obeys(timestampFilterFault)
  readonly updated_before?: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: SEARCH_MAX_LENGTH,
    pattern: LINE_PATTERN,
    description:
      'Only tasks whose title or description contains this text, in any case, with its accents composed or apart (NFC, NFD).',
  })
  @ValidateIf(isGiven)
  @Obeys(searchFault)
  readonly q?: string;

  @ApiPropertyOptional({
    ...DUE,
    description: 'Only tasks with an earlier `due`, as texts compare: a date is before its times.',
  })
  @ValidateIf(isGiven)
  @Obeys(dueFilterFault)
  readonly due_before?: string;

  @ApiPropertyOptional({
    ...DUE,
    description: 'Only tasks with a later `due`, as texts compare: a date is before its times.',
  })
  @ValidateIf(isGiven)
  @Obeys(dueFilterFault)
  readonly due_after?: string;

  @ApiPropertyOptional({
    type: Boolean,
    description:
      'Only open tasks whose `due` has passed: a date at the end of its day in `time_zone`. false: only the others.',
  })
  @Transform(trueOrFalse)
  @ValidateIf(isGiven)
  @Obeys(trueOrFalseFault)
  readonly overdue?: boolean;

  @ApiPropertyOptional({
    maxLength: TIME_ZONE_MAX_LENGTH,
    pattern: TIME_ZONE_PATTERN,
    description:
      'Where the user is, for `overdue`: the IANA name of a zone, such as `Europe/Berlin`. Absent means UTC.',
  })
  @ValidateIf(isGiven)
  @Obeys(listZoneFault)
  readonly time_zone?: string;

  @ApiPropertyOptional({
    type: Boolean,
    description: 'Only tasks that have no `due`. false: only those that have one.',
  })
  @Transform(trueOrFalse)
  @ValidateIf(isGiven)
  @Obeys(trueOrFalseFault)
  readonly no_due?: boolean;

  @ApiPropertyOptional({ ...PRIORITY, description: 'Only tasks of this priority.' })
  @Transform(wholeNumber)
  @ValidateIf(isGiven)
  @Obeys(priorityFault)
  readonly priority?: number;

  @ApiPropertyOptional({ ...PRIORITY, description: 'Only tasks of this priority or a higher one.' })
  @Transform(wholeNumber)
  @ValidateIf(isGiven)
  @Obeys(priorityFault)
  readonly priority_min?: number;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: TAG_MAX_LENGTH, pattern: TAG_PATTERN },
    maxItems: TAGS_MAX,
    uniqueItems: true,
    description: 'Only tasks with this tag. May be repeated: only tasks with all of them.',
  })
  // In this order: class-transformer begins at the top.
  @Transform(listOf)
  @Transform(composed)
  @ValidateIf(isGiven)
  @EachObeys(tagFault)
  @Obeys(tagsFault)
  readonly tag?: readonly string[];

  @ApiPropertyOptional({
    pattern: PARENT_FILTER_PATTERN,
    description:
      'Only subtasks of this task. `none`: only tasks whose parent is not there, because they have none or it was deleted.',
  })
  @Transform(inLowerCase)
  @ValidateIf(isGiven)
  @Obeys(parentFilterFault)
  readonly parent_id?: string;

  @ApiPropertyOptional({
    enum: SORTS,
    enumName: 'TaskSort',
    enumSchema: SORT_SCHEMA,
    default: '-created_at',
    description: SORT_SCHEMA.description,
  })
  @IsIn(SORTS, { message: `must be one of ${SORTS.join(', ')}` })
  readonly sort: Sort = '-created_at';
}

/** Query of the summary. */
export class SummaryQuery {
  @ApiPropertyOptional({
    maxLength: TIME_ZONE_MAX_LENGTH,
    pattern: TIME_ZONE_PATTERN,
    description: 'Where the user is: the IANA name of a zone, such as `Europe/Berlin`.',
    default: 'UTC',
  })
  @Obeys(zoneNameFault)
  readonly time_zone: string = 'UTC';
}
