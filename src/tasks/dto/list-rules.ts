import { dueFault, zoneNameFault } from './due-rules';
import { lineFault } from './task-characters';
import { isLonger } from './task-rules';
import { timestampFault } from './timestamp-rules';

export const LIMIT_MAX = 200;
export const SEARCH_MAX_LENGTH = 200;

const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,2})$/;

/** A class-transformer function. */
export function wholeNumber({ value }: { readonly value: unknown }): unknown {
  return typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value;
}

/** A class-transformer function. */
export function trueOrFalse({ value }: { readonly value: unknown }): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}

/** A class-transformer function: a parameter that is given once is text. */
export function listOf({ value }: { readonly value: unknown }): unknown {
  return typeof value === 'string' ? [value] : value;
}

export function limitFault(value: unknown): string | undefined {
  return typeof value === 'number' && value >= 1 && value <= LIMIT_MAX
    ? undefined
    : `must be a whole number from 1 to ${LIMIT_MAX}`;
}

export function trueOrFalseFault(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false';
}

const BLANK_IN_ZONE = / (?=\d\d:\d\d$)/;

/** In a query a `+` that is not encoded stands for a blank. */
export function timestampFilterFault(value: unknown): string | undefined {
  const fault = timestampFault(value);
  const isMeant =
    typeof value === 'string' && timestampFault(value.replace(BLANK_IN_ZONE, '+')) === undefined;
  return fault !== undefined && isMeant
    ? 'has a blank where the + of its time zone was: send it as %2B'
    : fault;
}

export function dueFilterFault(value: unknown): string | undefined {
  return typeof value === 'string' ? dueFault(value) : 'must be given once';
}

export function searchFault(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return 'must not be empty';
  if (isLonger(value, SEARCH_MAX_LENGTH))
    return `must have at most ${SEARCH_MAX_LENGTH} characters`;
  return lineFault(value);
}

export const NO_PARENT = 'none';
export const PARENT_FILTER_PATTERN = `^(?:${NO_PARENT}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$`;
const PARENT_FILTER = new RegExp(PARENT_FILTER_PATTERN);

export function parentFilterFault(value: unknown): string | undefined {
  const isParent = typeof value === 'string' && PARENT_FILTER.test(value);
  return isParent ? undefined : `must be the id of a task, a UUID, or ${NO_PARENT}`;
}

/** Of a list: without `overdue` no filter asks for the zone. */
export function listZoneFault(value: unknown, whole?: object): string | undefined {
  const isAskedFor = whole !== undefined && 'overdue' in whole && whole.overdue !== undefined;
  return isAskedFor ? zoneNameFault(value) : 'must be given with overdue, or not at all';
}
