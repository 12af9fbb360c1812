import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, MaxLength, ValidateIf } from 'class-validator';
import { isGiven, Obeys } from '../../http/input/request-validation';
import { LINE_PATTERN, lineFault } from './task-characters';
import { isLonger, timestampFault } from './task-rules';

export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;
/** Holds the longest title, escaped. */
const CURSOR_MAX_LENGTH = 2_000;
const SEARCH_MAX_LENGTH = 200;

/** Every order of a list; a minus sign means descending. */
export const SORTS = [
  '-created_at',
  'created_at',
  '-updated_at',
  'updated_at',
  'title',
  '-title',
] as const;
export type Sort = (typeof SORTS)[number];
/** Generated clients name the values by the extension, for a minus sign is no part of a name. */
const SORT_SCHEMA = {
  description: 'Order; a minus sign means descending. Titles compare by code point.',
  'x-enum-varnames': SORTS.map((sort) =>
    (sort.startsWith('-') ? `${sort.slice(1)}_desc` : sort).toUpperCase(),
  ),
};

/** What a list may be filtered by. Cursors are bound to these, in this order: add at the end. */
export const FILTERS = [
  'completed',
  'q',
  'created_after',
  'created_before',
  'updated_after',
  'updated_before',
] as const;

const TIMESTAMP = { format: 'date-time' } as const;

const WHOLE_NUMBER = /^[1-9]\d{0,2}$/;

function limitFault(value: unknown): string | undefined {
  return typeof value === 'number' && value <= LIMIT_MAX
    ? undefined
    : `must be a whole number from 1 to ${LIMIT_MAX}`;
}

function completedFilterFault(value: unknown): string | undefined {
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

function searchFault(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return 'must not be empty';
  if (isLonger(value, SEARCH_MAX_LENGTH))
    return `must have at most ${SEARCH_MAX_LENGTH} characters`;
  return lineFault(value);
}

/** Query of the list. Every parameter may be given once; others are refused. */
export class ListTasksQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: LIMIT_MAX,
    default: LIMIT_DEFAULT,
    description: 'Tasks on a page. More than the maximum is refused, never clamped.',
  })
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value,
  )
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
  @Transform(({ value }: { value: unknown }) =>
    value === 'true' ? true : value === 'false' ? false : value,
  )
  @ValidateIf(isGiven)
  @Obeys(completedFilterFault)
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
    enum: SORTS,
    enumName: 'TaskSort',
    enumSchema: SORT_SCHEMA,
    default: '-created_at',
    description: SORT_SCHEMA.description,
  })
  @IsIn(SORTS, { message: `must be one of ${SORTS.join(', ')}` })
  readonly sort: Sort = '-created_at';
}
