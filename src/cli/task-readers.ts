import { CsvError, parse } from 'csv-parse';
import { pipeline } from 'node:stream/promises';
import { unguarded } from './formula-guard';
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

/** CSV with a head line; after a fault of the format itself nobody knows where a row begins. */
async function* csvRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<SourceRow> {
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    max_record_size: LONGEST_ROW_BYTES,
    info: true,
    cast: (text, { quoting }): Cell => ({ text, quoted: quoting }),
  });
  const feeding = pipeline(textOf(linesOf(bytes, LONGEST_ROW_BYTES)), parser);
  // Awaited below; until then a failure is not an unhandled one.
  feeding.catch(() => undefined);
  let columns: readonly string[] | undefined;
  let line = 1;
  try {
    for await (const parsed of parser) {
      const { record, info } = parsed as { record: readonly Cell[]; info: { lines: number } };
      if (columns === undefined) {
        columns = record.map(({ text }) => text.trim());
        const fault = faultOfColumns(columns);
        if (fault !== undefined) {
          yield { line, fault };
          return;
        }
      } else if (!isEmptyLine(record)) {
        yield csvRow(line, columns, record);
      }
      line = info.lines + 1;
    }
    await feeding;
    if (columns === undefined) yield { line: 1, fault: 'must name the columns' };
  } catch (error) {
    if (error instanceof UnreadableLine) yield error.row;
    else if (error instanceof CsvError) yield { line: lineOf(error), fault: plain(error) };
    else throw error;
  } finally {
    parser.destroy();
    await feeding.catch(() => undefined);
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
    return `must name columns of ${CSV_COLUMNS.join(', ')} alone, separated by commas`;
  }
  return new Set(columns).size === columns.length ? undefined : 'must name each column once';
}

function csvRow(line: number, columns: readonly string[], cells: readonly Cell[]): SourceRow {
  if (cells.length !== columns.length) {
    return { line, fault: `has ${cells.length} cells for ${columns.length} columns` };
  }
  const given = columns.map((column, n) => [column, valueOf(column, cells[n])] as const);
  return { line, value: Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}

/** An empty cell is an absent property; an empty text has quotes. */
function valueOf(column: string, cell: Cell | undefined): string | boolean | undefined {
  if (cell === undefined || (cell.text === '' && !cell.quoted)) return undefined;
  if (column === 'title' || column === 'description') return unguarded(cell.text);
  // Spreadsheets write them in capitals.
  if (column === 'completed') return BOOLEANS.get(cell.text.toLowerCase()) ?? cell.text;
  return cell.text;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** The library's messages repeat what they found; a code does not. */
function plain({ code }: CsvError): string {
  return `is not CSV: ${code.replace(/^CSV_/, '').toLowerCase().replaceAll('_', ' ')}`;
}

/** Rows that were parsed with the faulty one are lost, so counting them does not tell. */
function lineOf(error: CsvError): number {
  const lines: unknown = error['lines'];
  return typeof lines === 'number' ? lines : 1;
}
