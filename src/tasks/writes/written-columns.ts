import { ruleFits, STORED_RULE } from './successor.statements';
import { FIELD_NAMES, type TaskField } from '../task-fields';
import { DUE_TIME_LENGTH } from '../task.entity';

/** The SQL of the values that writes of a task store. */
type Columns = Readonly<Record<string, string>>;

/** Of a column only immutable functions, which a distributed table asks for: `timestamptz + interval` is not. */
export const LATER = `greatest(
  now()::timestamptz(3),
  (updated_at at time zone 'UTC' + interval '1 ms') at time zone 'UTC'
)`;

/** The name of the parameter that says whether a patch names a field. */
export function isGiven(name: TaskField): string {
  return `${name}IsGiven`;
}

/** What a change makes of a task: whether it is done from then on, its rule if it is not, and other fields. */
interface Change {
  readonly completed: string;
  readonly rule: string;
  readonly columns: Columns;
}

function change(completed: string, rule: string, columns: Columns = {}): Change {
  return {
    completed,
    rule,
    columns: {
      ...columns,
      completed,
      recurrence: `case when ${completed} then null else ${rule} end`,
      // Null while it is not completed; it stays while it is. By its place, since Citus takes no `now()` in a CASE.
      completed_at: `(array[null, completed_at, ${LATER}])[
        case when not ${completed} then 1 when completed then 2 else 3 end
      ]`,
    },
  };
}

const patched = (name: TaskField, stored: string = name): string =>
  `(case when :${isGiven(name)}::boolean then :${name} else ${stored} end)`;

export const REPLACED = change(
  ':completed::boolean',
  ':recurrence::text',
  ofFields((name) => `:${name}`),
);
/** The fields of a patch that depend on no other column. */
export const PLAIN_FIELDS = [
  'title',
  'description',
  'priority',
  'tags',
] as const satisfies readonly TaskField[];
/** The columns of a patch that names nothing else. Each of the others would cost as much as one that is written. */
export const PLAINLY_PATCHED: Columns = ofFields((name) => patched(name), PLAIN_FIELDS);

export const PATCHED = change(
  patched('completed'),
  patched('recurrence', STORED_RULE),
  ofFields((name) => patched(name)),
);
/** Null toggles. */
export const COMPLETED = change('coalesce(:completed::boolean, not completed)', `(${STORED_RULE})`);

/**
 * Fields that a patch names alone must fit the stored ones: a zone the due, a rule and a due each
 * other; and only an open task gets a rule.
 */
export const PATCH_FITS = `(
    :${isGiven('due')}::boolean or :time_zone::text is null or char_length(due) = ${DUE_TIME_LENGTH}
  ) and (
    :recurrence::text is null or :${isGiven('completed')}::boolean or not completed
  ) and case
    when :${isGiven('due')}::boolean or :${isGiven('recurrence')}::boolean
      then ${ruleFits(PATCHED.rule, patched('due'))}
    else true
  end`;

/** False if a change completes a task that recurs: then it has a successor. */
export function staysSingle({ completed, rule }: Change): string {
  return `(completed or ${rule} is null or not ${completed})`;
}

function ofFields(
  expressionOf: (name: TaskField) => string,
  fields: readonly TaskField[] = FIELD_NAMES,
): Columns {
  return Object.fromEntries(fields.map((name) => [name, expressionOf(name)]));
}
