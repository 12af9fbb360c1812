import {
  type CsvRecord,
  cellsByColumn,
  csvRecords,
  csvRejected,
  separatorOf,
} from '../csv-records';
import { type SourceFile, type SourceRow, UnreadableFile } from '../source-row';
import { withKnownRule } from '../source-rule';
import { type Fields, type Rule, readTask, rulesByName } from '../source-task';
import {
  asCompleted,
  asDescription,
  asParent,
  asPriority,
  asSourceId,
  asTime,
  asTitle,
  dueAt,
  withTimesInOrder,
} from '../values';

/** A backup of TickTick: a preface of a few rows, a head line, then every task and note. */
export async function* readTickTick(file: SourceFile): AsyncGenerator<SourceRow> {
  let columns: readonly string[] | undefined;
  const delimiter = separatorOf(file.start, (column) => COLUMNS.includes(column));
  for await (const record of csvRecords(file, delimiter)) {
    const cells = record.cells.map(({ text }) => text.trim());
    if (columns !== undefined) yield tickTickRow(record, columns, delimiter);
    else if (isTickTickHead(cells)) columns = cells;
  }
  if (columns === undefined) {
    throw new UnreadableFile(`has no head line of TickTick, with ${NEEDED.join(' and ')} in it`);
  }
}

const NEEDED = ['List Name', 'Title'];
/** Enough of them to find the head line and its separator. */
const COLUMNS = [...NEEDED, 'Folder Name', 'Content', 'Status'];

export function isTickTickHead(columns: readonly string[]): boolean {
  return NEEDED.every((column) => columns.includes(column));
}

function tickTickRow(
  { line, cells }: CsvRecord,
  columns: readonly string[],
  delimiter: string,
): SourceRow {
  const place = `line ${line}`;
  const rejected = csvRejected(columns, cells, delimiter);
  const values = cellsByColumn(columns, cells);
  if (typeof values === 'string') return { place, fault: values, rejected };
  const { fields, others } = readTask(values, rulesByName(rulesOf(values)));
  const all = { ...fields, ...(values.get('Status') === WONT_DO && { completed: true }) };
  return { place, task: { fields: withKnownRule(withTimesInOrder(all)), others }, rejected };
}

/** Closed without being done: no rule covers it, so it is reported. */
const WONT_DO = '-1';

function rulesOf(values: ReadonlyMap<string, string>): Readonly<Record<string, Rule>> {
  const zone = values.get('Timezone') ?? '';
  const allDay = values.get('Is All Day') === 'true';
  return {
    Title: asTitle,
    Content: asDescription,
    Kind: (value) => (value === 'TEXT' ? {} : undefined),
    Tags: (value) => ({
      tags: String(value)
        .split(/,\s*/)
        .filter((tag) => tag !== ''),
    }),
    'Due Date': (value) => dueAt(value, zone, allDay),
    Timezone: () => (values.has('Due Date') ? {} : { time_zone: zone }),
    'Is All Day': () => (values.has('Due Date') ? {} : undefined),
    Repeat: recurrenceOf,
    Priority: asPriority({ 0: 0, 1: 1, 3: 2, 5: 3 }),
    // 2 is archived: completed, and put away.
    Status: asCompleted({ 0: false, 1: true, 2: true }),
    'Created Time': asTime('created_at'),
    'Completed Time': asTime('completed_at'),
    Order: (value) => ({ position: Number(value) }),
    taskId: asSourceId,
    parentId: asParent,
    'View Mode': (value) => (value === 'list' ? {} : undefined),
  };
}

function recurrenceOf(value: unknown): Fields | undefined {
  const rule = String(value)
    .trim()
    .replace(/^RRULE:/i, '');
  return /^FREQ=[A-Z]+[^\s]*$/i.test(rule) ? { recurrence: rule } : undefined;
}
