import { TASK_FIELDS } from '../../../../tasks/task-fields';
import { type CsvRecord, cellsByColumn, csvRecords, csvRejected, separatorOf } from './csv-records';
import { unguarded } from '../csv-injection';
import { type ColumnMap, type SourceFile, type SourceRow, UnreadableFile } from './source-row';
import { type Field, fieldOf, readTask } from './source-task';

/** CSV with a head line, which names the fields of a task in any case, or columns of `--map`. */
export async function* readCsv(file: SourceFile): AsyncGenerator<SourceRow> {
  const fields = fieldsByColumn(file.columns);
  const delimiter = separatorOf(file.start, (column) => fields(column) !== undefined);
  let columns: readonly string[] | undefined;
  for await (const record of csvRecords(file, delimiter)) {
    if (columns === undefined) columns = columnsOf(record, file.columns);
    else yield csvRow(record, { columns, delimiter, fields });
  }
  if (columns === undefined) throw new UnreadableFile('must name the columns', 'line 1');
}

/** The field that a column of a file is for. */
type FieldOfColumn = (column: string) => Field | undefined;

function fieldsByColumn(map: ColumnMap): FieldOfColumn {
  const mapped = new Map<string, Field>();
  for (const [name, column] of map) {
    const field = fieldOf(name);
    if (field !== undefined) mapped.set(column.trim().toLowerCase(), field);
  }
  const taken = new Set(mapped.values());
  return (column) => {
    const field = fieldOf(column);
    // The column that the operator names for a field overrides the file's own.
    const own = field !== undefined && taken.has(field) ? undefined : field;
    return mapped.get(column.trim().toLowerCase()) ?? own;
  };
}

function columnsOf({ line, cells }: CsvRecord, map: ColumnMap): readonly string[] {
  const columns = cells.map(({ text }) => text.trim());
  const place = `line ${line}`;
  const named = columns.filter((column) => column !== '').map((column) => column.toLowerCase());
  const [absent] = [...map.values()].filter(
    (column) => !named.includes(column.trim().toLowerCase()),
  );
  const found = columns.map((column) => JSON.stringify(column)).join(', ');
  if (absent !== undefined) {
    throw new UnreadableFile(`has no column ${JSON.stringify(absent)}; it names ${found}`, place);
  }
  const [twice] = named.filter((column, n) => named.indexOf(column) !== n);
  if (twice !== undefined) {
    throw new UnreadableFile(`must name each column once, and names "${twice}" again`, place);
  }
  const field = fieldsByColumn(map);
  if (!columns.some((column) => field(column) === 'title')) {
    throw new UnreadableFile(
      `must name a column "title"; it names ${found}. Name the column of the titles: --map title=COLUMN`,
      place,
    );
  }
  return columns;
}

function csvRow(
  { line, cells }: CsvRecord,
  head: {
    readonly columns: readonly string[];
    readonly delimiter: string;
    readonly fields: FieldOfColumn;
  },
): SourceRow {
  const place = `line ${line}`;
  const rejected = csvRejected(head.columns, cells, head.delimiter);
  const values = cellsByColumn(head.columns, cells);
  if (typeof values === 'string') return { place, fault: values, rejected };
  const task = readTask(values, (column) => {
    const field = head.fields(column);
    return field && ((value) => ({ [field]: valueOf(field, String(value)) }));
  });
  return { place, task, rejected };
}

function valueOf(field: Field, text: string): unknown {
  const type = TYPES[field];
  if (type === 'text') return unguarded(text);
  if (type === 'boolean') return BOOLEANS.get(text.trim().toLowerCase()) ?? text;
  if (type === 'jsonb') return jsonIn(unguarded(text)) ?? tagsIn(text);
  return type === 'smallint' ? (jsonIn(text) ?? text) : text;
}

const TYPES: Readonly<Record<string, string>> = TASK_FIELDS;

/** A number, or a list as export writes it. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tagsIn(text: string): readonly string[] {
  return text
    .split(/[,;]/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

/** Truth values as people and spreadsheets of other languages write them. */
const TRUE =
  'true 1 yes y x done wahr ja vrai oui verdadero sí vero sì verdadeiro sim waar prawda tak sant истина да';
const FALSE =
  'false 0 no n open falsch nein faux non falso não onwaar nee fałsz nie falskt nej ложь нет';

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...TRUE.split(' ').map((word) => [word, true] as const),
  ...FALSE.split(' ').map((word) => [word, false] as const),
]);
