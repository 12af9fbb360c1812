import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, type TransformFnParams } from 'class-transformer';
import { IsIn, MaxLength, ValidateIf } from 'class-validator';
import { CheckEach, isGiven, CheckWith, type Rule } from '../../http/input/request-validation';
import { PRIORITY_MAX, TAG_MAX_LENGTH, TAGS_MAX } from '../task.entity';
import {
  DUE_PATTERN,
  dueFault,
  TIME_ZONE_MAX_LENGTH,
  TIME_ZONE_PATTERN,
  zoneNameFault,
  timestampFault,
} from './time-rules';
import { LINE_PATTERN, lineFault, TAG_PATTERN } from './task-characters';
import { composed, inLowerCase, isLonger, priorityFault, tagFault, tagsFault } from './task-rules';

export const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;
const SEARCH_MAX_LENGTH = 200;
const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,2})$/;
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
/** Generated clients name the values by the extension, because a name cannot have a minus sign. */
const SORT_SCHEMA = {
  description:
    'Order; a minus sign means descending. Titles compare by code point. Tasks without `due` come last, and a date comes before its times. `position` is the order that the user has arranged.',
  'x-enum-varnames': SORTS.map((sort) =>
    (sort.startsWith('-') ? `${sort.slice(1)}_desc` : sort).toUpperCase(),
  ),
};

/** A class-transformer function. */
function wholeNumber({ value }: { readonly value: unknown }): unknown {
  return typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value;
}

/** A class-transformer function. */
function trueOrFalse({ value }: { readonly value: unknown }): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}

/** A class-transformer function: a parameter that is given once is text. */
function listOf({ value }: { readonly value: unknown }): unknown {
  return typeof value === 'string' ? [value] : value;
}

function limitFault(value: unknown): string | undefined {
  return typeof value === 'number' && value >= 1 && value <= LIMIT_MAX
    ? undefined
    : `must be a whole number from 1 to ${LIMIT_MAX}`;
}

function trueOrFalseFault(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false';
}

const BLANK_IN_ZONE = / (?=\d\d:\d\d$)/;

/** In a query a `+` that is not encoded stands for a blank. */
function timestampFilterFault(value: unknown): string | undefined {
  const fault = timestampFault(value);
  const isMeant =
    typeof value === 'string' && timestampFault(value.replace(BLANK_IN_ZONE, '+')) === undefined;
  return fault !== undefined && isMeant
    ? 'has a blank where the + of its time zone was: send it as %2B'
    : fault;
}

function dueFilterFault(value: unknown): string | undefined {
  return typeof value === 'string' ? dueFault(value) : 'must be given once';
}

function searchFault(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return 'must not be empty';
  if (isLonger(value, SEARCH_MAX_LENGTH))
    return `must have at most ${SEARCH_MAX_LENGTH} characters`;
  return lineFault(value);
}

export const NO_PARENT = 'none';
const PARENT_FILTER_PATTERN = `^(?:${NO_PARENT}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$`;
const PARENT_FILTER = new RegExp(PARENT_FILTER_PATTERN);

function parentFilterFault(value: unknown): string | undefined {
  const isParent = typeof value === 'string' && PARENT_FILTER.test(value);
  return isParent ? undefined : `must be the id of a task, a UUID, or ${NO_PARENT}`;
}

/** Of a list: without `overdue` no filter asks for the zone. */
function listZoneFault(value: unknown, whole?: object): string | undefined {
  const isAskedFor = whole !== undefined && 'overdue' in whole && whole.overdue !== undefined;
  return isAskedFor ? zoneNameFault(value) : 'must be given with overdue, or not at all';
}

type Transformed = (parameter: TransformFnParams) => unknown;

/** Property decorator: a filter of a list, which applies if it is given. */
function Filter(rule: Rule, schema: ApiPropertyOptions, read?: Transformed): PropertyDecorator {
  const reading = read === undefined ? [] : [Transform(read)];
  return applyDecorators(
    ApiPropertyOptional(schema),
    ...reading,
    ValidateIf(isGiven),
    CheckWith(rule),
  );
}

const TimeFilter = (description: string): PropertyDecorator =>
  Filter(timestampFilterFault, { format: 'date-time', description });

const DueFilter = (description: string): PropertyDecorator =>
  Filter(dueFilterFault, { pattern: DUE_PATTERN, description });

const YesNoFilter = (description: string): PropertyDecorator =>
  Filter(trueOrFalseFault, { type: Boolean, description }, trueOrFalse);

const PriorityFilter = (description: string): PropertyDecorator => {
  const range = { minimum: 0, maximum: PRIORITY_MAX };
  return Filter(priorityFault, { type: 'integer', ...range, description }, wholeNumber);
};

/** Query of the list. Every parameter may be given once; others are refused. */
export class ListTasksQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: LIMIT_MAX,
    default: LIMIT_DEFAULT,
    description: 'Tasks on a page. A number above the maximum is refused.',
  })
  @Transform(wholeNumber)
  @CheckWith(limitFault)
  readonly limit: number = LIMIT_DEFAULT;

  @ApiPropertyOptional({
    description: '`next_cursor` of the page before, with the same filters and sort. It is opaque.',
    minLength: 1,
    maxLength: CURSOR_MAX_LENGTH,
    pattern: '^[A-Za-z0-9_-]+$',
  })
  @ValidateIf(isGiven)
  @MaxLength(CURSOR_MAX_LENGTH, { message: 'is not a cursor of this API' })
  readonly cursor?: string;

  @YesNoFilter('true: only completed tasks; false: only open ones.')
  readonly completed?: boolean;

  @TimeFilter('Only tasks created later than this.')
  readonly created_after?: string;

  @TimeFilter('Only tasks created earlier than this.')
  readonly created_before?: string;

  @TimeFilter('Only tasks changed later than this.')
  readonly updated_after?: string;

  @TimeFilter('Only tasks changed earlier than this.')
  readonly updated_before?: string;

  @Filter(searchFault, {
    minLength: 1,
    maxLength: SEARCH_MAX_LENGTH,
    pattern: LINE_PATTERN,
    description:
      'Only tasks whose title or description contains this text, in any case, with its accents composed or apart (NFC, NFD).',
  })
  readonly q?: string;

  @DueFilter('Only tasks with an earlier `due`, compared as text: a date comes before its times.')
  readonly due_before?: string;

  @DueFilter('Only tasks with a later `due`, compared as text: a date comes before its times.')
  readonly due_after?: string;

  @YesNoFilter(
    'Only open tasks whose `due` has passed; a date passes at the end of its day in `time_zone`. false: only the others.',
  )
  readonly overdue?: boolean;

  @Filter(listZoneFault, {
    maxLength: TIME_ZONE_MAX_LENGTH,
    pattern: TIME_ZONE_PATTERN,
    description:
      'The time zone of the user, for `overdue`: an IANA name such as `Europe/Berlin`. Absent means UTC.',
  })
  readonly time_zone?: string;

  @YesNoFilter('Only tasks that have no `due`. false: only those that have one.')
  readonly no_due?: boolean;

  @PriorityFilter('Only tasks of this priority.')
  readonly priority?: number;

  @PriorityFilter('Only tasks of this priority or a higher one.')
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
  @CheckEach(tagFault)
  @CheckWith(tagsFault)
  readonly tag?: readonly string[];

  @Filter(
    parentFilterFault,
    {
      pattern: PARENT_FILTER_PATTERN,
      description:
        'Only subtasks of this task. `none`: only tasks without a parent, or whose parent was deleted.',
    },
    inLowerCase,
  )
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
