import type { ApiPropertyOptions } from '@nestjs/swagger';
import {
  DESCRIPTION_MAX_LENGTH,
  PRIORITY_MAX,
  RECURRENCE_MAX_LENGTH,
  TAG_MAX_LENGTH,
  TAGS_MAX,
  TITLE_MAX_LENGTH,
} from '../task.entity';
import { DUE_PATTERN, TIME_ZONE_MAX_LENGTH, TIME_ZONE_PATTERN } from './time-rules';
import { RECURRENCE_ORIGINS, RECURRENCE_PATTERN } from './recurrence-rules';
import { TAG_PATTERN, TEXT_PATTERN, TITLE_PATTERN } from './task-characters';

/** What the schemas of all requests say of a field. */
export const TITLE = {
  description:
    'One line with visible characters; surrounding white space is removed. Isolates of text direction (U+2066 to U+2068) are closed by U+2069.',
  minLength: 1,
  maxLength: TITLE_MAX_LENGTH,
  pattern: TITLE_PATTERN,
  example: 'Buy oat milk',
} as const satisfies ApiPropertyOptions;

export const DESCRIPTION = {
  type: String,
  nullable: true,
  maxLength: DESCRIPTION_MAX_LENGTH,
  pattern: TEXT_PATTERN,
} as const satisfies ApiPropertyOptions;

export const DUE = {
  type: String,
  nullable: true,
  pattern: DUE_PATTERN,
} as const satisfies ApiPropertyOptions;

export const TIME_ZONE = {
  type: String,
  nullable: true,
  maxLength: TIME_ZONE_MAX_LENGTH,
  pattern: TIME_ZONE_PATTERN,
} as const satisfies ApiPropertyOptions;

export const RECURRENCE = {
  type: String,
  nullable: true,
  maxLength: RECURRENCE_MAX_LENGTH,
  pattern: RECURRENCE_PATTERN,
} as const satisfies ApiPropertyOptions;

export const RECURRENCE_FROM = {
  type: String,
  nullable: true,
  enum: [...RECURRENCE_ORIGINS, null],
} as const satisfies ApiPropertyOptions;

export const PRIORITY = {
  type: 'integer',
  nullable: true,
  minimum: 0,
  maximum: PRIORITY_MAX,
} as const satisfies ApiPropertyOptions;

export const TAGS = {
  type: 'array',
  nullable: true,
  items: { type: 'string', minLength: 1, maxLength: TAG_MAX_LENGTH, pattern: TAG_PATTERN },
  maxItems: TAGS_MAX,
  uniqueItems: true,
} as const satisfies ApiPropertyOptions;

export const PARENT = {
  type: String,
  format: 'uuid',
  nullable: true,
} as const satisfies ApiPropertyOptions;
