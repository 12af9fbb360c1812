import {
  type CsvRecord,
  cellsByColumn,
  csvRecords,
  csvRejected,
  separatorOf,
} from '../csv-records';
import { type SourceFile, type SourceRow, UnreadableFile } from '../source-row';
import { type Fields, type Rule, readTask, rulesByName } from '../source-task';
import { asDescription, asNothing, asPriority, asTitle } from '../values';

/**
 * A project that Todoist exports as a CSV template: tasks, and among them sections, comments and
 * settings (https://www.todoist.com/help/articles/YC8YvN). It has neither completed tasks nor times
 * of creation.
 */
export async function* readTodoist(file: SourceFile): AsyncGenerator<SourceRow> {
  let columns: readonly string[] | undefined;
  /** Where the last task of each indentation is. */
  const above: string[] = [];
  const delimiter = separatorOf(file.start, (column) => column.toUpperCase() in RULES);
  for await (const record of csvRecords(file, delimiter)) {
    if (columns === undefined) columns = columnsOf(record);
    // Empty lines are rows of separators here.
    else if (record.cells.some(({ text }) => text !== ''))
      yield todoistRow(record, { columns, delimiter, above });
  }
}

const NEEDED = ['TYPE', 'CONTENT'];

export function isTodoistHead(columns: readonly string[]): boolean {
  return NEEDED.every((column) => columns.includes(column));
}

function columnsOf({ line, cells }: CsvRecord): readonly string[] {
  const columns = cells.map(({ text }) => text.trim().toUpperCase());
  if (isTodoistHead(columns)) return columns;
  throw new UnreadableFile(
    `must name the columns of Todoist, ${NEEDED.join(' and ')} among them`,
    `line ${line}`,
  );
}

function todoistRow(
  { line, cells }: CsvRecord,
  file: {
    readonly columns: readonly string[];
    readonly delimiter: string;
    readonly above: string[];
  },
): SourceRow {
  const { columns, delimiter, above } = file;
  const place = `line ${line}`;
  const rejected = csvRejected(columns, cells, delimiter);
  const values = cellsByColumn(columns, cells);
  if (typeof values === 'string') return { place, fault: values, rejected };
  const type = values.get('TYPE')?.trim().toLowerCase() ?? '';
  if (type !== 'task') return { place, other: OTHERS.get(type) ?? `row of type "${type}"` };
  const { fields, others } = readTask(values, rulesByName(RULES));
  const [parent] = above.slice(0, indentOf(values) - 1).slice(-1);
  above.splice(indentOf(values) - 1, Infinity, place);
  const tags = labelsOf(values.get('CONTENT') ?? '');
  const all = {
    ...fields,
    ...(parent !== undefined && { parent }),
    ...(tags.length > 0 && { tags }),
  };
  return { place, task: { fields: all, others, inTitle: ['tags'] }, rejected };
}

const OTHERS: ReadonlyMap<string, string> = new Map([
  ['section', 'section'],
  ['note', 'comment'],
  ['project_note', 'comment'],
  ['meta', 'setting'],
]);

const RULES: Readonly<Record<string, Rule>> = {
  TYPE: asNothing,
  CONTENT: asTitle,
  DESCRIPTION: asDescription,
  PRIORITY: asPriority({ 1: 4, 2: 3, 3: 2, 4: 0 }),
  INDENT: asNothing,
  DATE: dueOf,
  // The language of DATE, which has been read.
  DATE_LANG: asNothing,
  TIMEZONE: (value) => ({ time_zone: value }),
};

function indentOf(values: ReadonlyMap<string, string>): number {
  return Math.max(1, Number(values.get('INDENT')) || 1);
}

/** `@home` anywhere in the text, but not in an address. */
function labelsOf(content: string): readonly string[] {
  return [...content.matchAll(/(?<=^|\s)@(\S+)/g)].map(([, label = '']) => label);
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A day, and perhaps a time. Dates in words, such as `every Monday`, are not understood. */
function dueOf(value: unknown): Fields | undefined {
  const text = String(value).trim();
  const [, day, time] =
    /^(\d{4}-\d\d-\d\d)(?:(?:T| at | )(\d\d:\d\d)(?::\d\d)?)?$/.exec(text) ?? [];
  if (day !== undefined) return { due: time === undefined ? day : `${day}T${time}` };
  const [, name = '', date = '', year] = /^([a-z]{3})[a-z]* (\d{1,2}),? (\d{4})$/i.exec(text) ?? [];
  const month = MONTHS.indexOf(name.toLowerCase()) + 1;
  if (year === undefined || month === 0) return undefined;
  return { due: `${year}-${String(month).padStart(2, '0')}-${date.padStart(2, '0')}` };
}
