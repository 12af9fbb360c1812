import { dueFault } from '../../../../tasks/dto/time-rules';
import { tagFault } from '../../../../tasks/dto/task-rules';
import { SHOWN_COLUMNS, isOwnPosition } from '../../../../tasks/task-fields';
import { TAGS_MAX } from '../../../../tasks/task.entity';

/** Where import writes why it has rejected a row. No value of a task. */
export const FAULT_COLUMN = 'import_fault';

/** Everything of a task that a reader recognises, by the API's present or future names. */
export const FIELDS = [
  'id',
  'user_id',
  'title',
  'description',
  'completed',
  'created_at',
  'updated_at',
  /** `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`, in `time_zone`. */
  'due',
  /** IANA name. */
  'time_zone',
  /** A time zone without an IANA name. */
  'unknown_time_zone',
  /** 0 none to 4 highest. */
  'priority',
  /** An array of texts. */
  'tags',
  /** RFC 3339. */
  'completed_at',
  /** The `id` of another task. */
  'parent_id',
  /** The `source_id` of another task, or its place in the file. */
  'parent',
  /** RRULE. */
  'recurrence',
  'recurrence_from',
  /** A rule that the API does not support, or that does not fit the task. */
  'unknown_recurrence',
  'position',
  /** The id in the program that the task comes from. */
  'source_id',
] as const;

export type Field = (typeof FIELDS)[number];

/** Whether the API can store a field. One that it cannot is counted and reported. */
export const hasPlace = (field: Field): boolean => PLACES.has(field);
const PLACES: ReadonlySet<string> = new Set(SHOWN_COLUMNS);

export type Fields = Readonly<Partial<Record<Field, unknown>>>;

/** A task in the terms of this API, before its rules are applied. */
export interface SourceTask {
  readonly fields: Fields;
  /** Names in the file that have a value but are no field. */
  readonly others: readonly string[];
  /** Fields whose text is part of the title, such as `@home`, so they are never lost. */
  readonly inTitle?: readonly Field[];
}

/** The meaning of a value for the task; undefined if it is not understood. */
export type Rule = (value: unknown) => Fields | undefined;

/** The rules of a program by the names that it gives; not by those that every object has. */
export function rulesByName(
  rules: Readonly<Record<string, Rule>>,
): (name: string) => Rule | undefined {
  return (name) => (Object.hasOwn(rules, name) ? rules[name] : undefined);
}

/** The field of that name, in any case and with any separator of words. */
export function fieldOf(name: string): Field | undefined {
  const plain = name
    .trim()
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
    .replaceAll(/[\s-]+/g, '_')
    .toLowerCase();
  return FIELDS.find((field) => field === plain);
}

/** Reads the named values of a task, each by its rule. */
export function readTask(
  entries: Iterable<readonly [name: string, value: unknown]>,
  ruleOf: (name: string) => Rule | undefined,
): SourceTask {
  let fields: Fields = {};
  const others: string[] = [];
  const names = new Set<string>();
  for (const [name, value] of entries) {
    if (name.toLowerCase() === FAULT_COLUMN) continue;
    // A second value of one name would replace the first.
    const read = names.has(name) ? undefined : ruleOf(name)?.(value);
    names.add(name);
    if (read !== undefined) fields = { ...fields, ...read };
    else if (hasContent(value)) others.push(name);
  }
  return { fields, others };
}

/** A task in the form of the API, and the values that do not fit. */
export interface PlacedTask {
  readonly value: object;
  readonly leftOut: readonly string[];
}

export function placed({ fields, others, inTitle = [] }: SourceTask): PlacedTask {
  // A task without a title is blank, whatever its program calls the title.
  const value: Record<string, unknown> = { title: '' };
  const leftOut: string[] = [];
  for (const field of FIELDS) {
    if (!(field in fields)) continue;
    const given = inTitle.includes(field) ? asLawful(field, fields[field]) : fields[field];
    if (hasPlace(field) && !isIdle(field, fields)) value[field] = distinct(given);
    else if (field !== 'parent' && hasContent(fields[field]) && !inTitle.includes(field))
      leftOut.push(field);
  }
  return { value, leftOut: [...leftOut, ...others] };
}

/** A value that breaks a rule stays in the title, so the task need not be rejected. */
function asLawful(field: Field, value: unknown): unknown {
  if (field === 'due') return dueFault(value) === undefined ? value : null;
  if (!Array.isArray(value)) return value;
  return value.filter((tag) => tagFault(tag, []) === undefined).slice(0, TAGS_MAX);
}

/** Programs repeat a tag, or put white space around it. */
function distinct(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const items = value.map((item: unknown) => (typeof item === 'string' ? item.trim() : item));
  return [...new Set(items)].filter((item) => item !== '');
}

/**
 * Programs have other orders, zones without a time, and times of completion on tasks that are open
 * again.
 */
function isIdle(field: Field, { due, completed, ...fields }: Fields): boolean {
  // Other programs use other scales.
  if (field === 'position') return !isOwnPosition(fields.position);
  if (field !== 'completed' && field !== 'due' && !hasContent(fields[field])) return false;
  if (field === 'time_zone') return typeof due !== 'string' || !due.includes('T');
  return field === 'completed_at' && completed !== true;
}

/** Defaults that programs write out, and that nobody would miss. */
const SAYS_NOTHING = /^\s*(?:0|false|no?|none|null)?\s*$/i;

export function hasContent(value: unknown): boolean {
  return typeof value === 'string' ? !SAYS_NOTHING.test(value) : holdsSomething(value);
}

/** In a list every text counts: a tag may be `no`. */
function holdsSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsSomething);
  return Boolean(value);
}
