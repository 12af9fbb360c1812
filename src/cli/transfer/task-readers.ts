import { CsvError, parse } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import { pipeline } from 'node:stream/promises';
import { TASK_FIELDS } from '../../tasks/task-fields';
import { unguarded } from './csv-injection';
import { type Line, linesOf } from './lines';
import { CSV_COLUMNS, type Format } from './task-writers';

/** What stands in a file for one task. */
export interface SourceRow {
  /** Where it begins, from 1. */
  readonly line: number;
  /** Not checked; undefined where `fault` says why it cannot be read. */
  readonly value?: object;
  readonly fault?: string;
}

export type TaskReader = (bytes: AsyncIterable<Buffer>) => AsyncGenerator<SourceRow>;

/** A task of the largest size, every code point escaped, fits in. */
const LONGEST_ROW_BYTES = 128 * 1024;
const HEAD_LINES = 1;

export const taskReaders: Readonly<Record<Format, TaskReader>> = { json: jsonRows, csv: csvRows };

/** JSON Lines: an object in each line. */
async function* jsonRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<SourceRow> {
  for await (const { number: line, text, fault } of linesOf(bytes, LONGEST_ROW_BYTES)) {
    if (fault !== undefined) yield { line, fault };
    else if (text !== undefined && text.trim() !== '') yield jsonRow(line, text);
  }
}

function jsonRow(line: number, text: string): SourceRow {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { line, value };
    return { line, fault: 'must be a JSON object' };
  } catch {
    return { line, fault: 'is not JSON' };
  }
}

interface Cell {
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * CSV with a head line. That is read first, and alone: a file with other separators is not to be told
 * of the quotes in its second line. After a fault of the format nobody knows where a row begins.
 */
async function* csvRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<SourceRow> {
  const lines = linesOf(bytes, LONGEST_ROW_BYTES);
  const head = await lines.next();
  const columns = head.done === true ? [] : columnsOf(head.value.text ?? '');
  const fault = head.done === true ? 'must name the columns' : head.value.fault;
  const headFault = fault ?? faultOfColumns(columns);
  if (headFault === undefined) yield* csvRowsBelow(columns, lines);
  else yield { line: 1, fault: headFault };
}

async function* csvRowsBelow(
  columns: readonly string[],
  lines: AsyncIterable<Line>,
): AsyncGenerator<SourceRow> {
  const parser = parse({
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    max_record_size: LONGEST_ROW_BYTES,
    info: true,
    cast: (text, { quoting }): Cell => ({ text, quoted: quoting }),
  });
  const feeding = pipeline(textOf(lines), parser);
  // Awaited below; until then a failure is not an unhandled one.
  feeding.catch(() => undefined);
  let line = HEAD_LINES + 1;
  try {
    for await (const parsed of parser) {
      const { record, info } = parsed as { record: readonly Cell[]; info: { lines: number } };
      if (!isEmptyLine(record)) yield csvRow(line, columns, record);
      line = HEAD_LINES + info.lines + 1;
    }
    await feeding;
  } catch (error) {
    if (error instanceof UnreadableLine) yield error.row;
    else if (error instanceof CsvError) yield { line: lineOf(error), fault: plain(error) };
    else throw error;
  } finally {
    parser.destroy();
    await feeding.catch(() => undefined);
  }
}

/** One name that is none, where the line is not CSV at all. */
function columnsOf(head: string): readonly string[] {
  try {
    const [names = ['']] = parseAtOnce(head, { relax_column_count: true });
    return names.map((name) => name.trim());
  } catch {
    return [head];
  }
}

class UnreadableLine extends Error {
  constructor(readonly row: SourceRow) {
    super(row.fault);
  }
}

async function* textOf(lines: AsyncIterable<Line>): AsyncGenerator<string> {
  for await (const { number: line, text, fault } of lines) {
    if (fault !== undefined) throw new UnreadableLine({ line, fault });
    yield `${text ?? ''}\n`;
  }
}

function isEmptyLine([first, ...others]: readonly Cell[]): boolean {
  return others.length === 0 && first?.text === '' && !first.quoted;
}

function faultOfColumns(columns: readonly string[]): string | undefined {
  const known: readonly string[] = CSV_COLUMNS;
  if (columns.some((column) => !known.includes(column))) {
    const [, separator = ''] = /([;\t|])/.exec(columns.join()) ?? [];
    const instead = OTHER_SEPARATORS.get(separator) ?? '';
    return `must name columns of ${CSV_COLUMNS.join(', ')} alone, separated by commas${instead}`;
  }
  return new Set(columns).size === columns.length ? undefined : 'must name each column once';
}

const OTHER_SEPARATORS: ReadonlyMap<string, string> = new Map([
  [';', ', not by semicolons'],
  ['\t', ', not by tabs'],
  ['|', ', not by bars'],
]);

function csvRow(line: number, columns: readonly string[], cells: readonly Cell[]): SourceRow {
  if (cells.length !== columns.length) {
    return { line, fault: `has ${cells.length} cells for ${columns.length} columns` };
  }
  const given = columns.map((column, n) => [column, valueOf(column, cells[n])] as const);
  return { line, value: Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}

/** An empty cell is an absent property; an empty text has quotes. */
function valueOf(column: string, cell: Cell | undefined): unknown {
  if (cell === undefined || (cell.text === '' && !cell.quoted)) return undefined;
  const type = typesOfFields[column];
  if (type === undefined) return cell.text;
  return type === 'text' ? unguarded(cell.text) : valueIn(cell.text);
}

const typesOfFields: Readonly<Record<string, string>> = TASK_FIELDS;

/** The value that JSON would have there, or the text. Spreadsheets write TRUE and FALSE. */
function valueIn(text: string): unknown {
  try {
    return JSON.parse(text.toLowerCase());
  } catch {
    return text;
  }
}

/** The library's messages repeat what they found; a code does not. */
function plain({ code }: CsvError): string {
  return `is not CSV: ${code.replace(/^CSV_/, '').toLowerCase().replaceAll('_', ' ')}`;
}

/** Rows that were parsed with the faulty one are lost, so counting them does not tell. */
function lineOf(error: CsvError): number {
  const lines: unknown = error['lines'];
  return HEAD_LINES + (typeof lines === 'number' ? lines : 1);
}
