import { CsvError, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { pipeline } from 'node:stream/promises';
import { counted } from '../../../option-values';
import { type Line, linesOf } from './lines';
import { type RejectedRow, type SourceFile, UnreadableFile } from './source-row';
import { FAULT_COLUMN } from './source-task';

/** A task of the largest size, every code point escaped, fits in. */
export const LONGEST_ROW_BYTES = 128 * 1024;

export const SEPARATORS = [',', ';', '\t', '|'] as const;
/** Excel's own way to name the separator, in a line of its own before the head line. */
const EXCEL_SEPARATOR = /^"?sep=(.)"?\r?(?:\n|$)/i;
/** TickTick writes a preface before its head line. */
const HEAD_WITHIN_LINES = 12;

export interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly Cell[];
}

export interface Cell {
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * The records of a CSV file, head line included, without blank ones. After a fault of the format
 * the next record cannot be found, so the reading ends.
 * @throws UnreadableFile
 */
export async function* csvRecords(
  { bytes, start }: SourceFile,
  delimiter: string,
): AsyncGenerator<CsvRecord> {
  const lines = linesOf(bytes, LONGEST_ROW_BYTES);
  const skipped = EXCEL_SEPARATOR.test(start) ? 1 : 0;
  if (skipped > 0) await lines.next();
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    max_record_size: LONGEST_ROW_BYTES,
    info: true,
    cast: (text, { quoting }): Cell => ({ text, quoted: quoting }),
  });
  const feeding = pipeline(textOf(lines), parser);
  // Awaited below; until then a failure is not an unhandled one.
  feeding.catch(() => undefined);
  let line = skipped + 1;
  try {
    for await (const parsed of parser) {
      const { record, info } = parsed as { record: readonly Cell[]; info: { lines: number } };
      if (!record.every(isBlank)) yield { line, cells: record };
      line = skipped + info.lines + 1;
    }
    await feeding;
  } catch (error) {
    throw error instanceof CsvError ? unreadable(error, skipped) : error;
  } finally {
    parser.destroy();
    await feeding.catch(() => undefined);
  }
}

async function* textOf(lines: AsyncIterable<Line>): AsyncGenerator<string> {
  for await (const { text } of lines) yield `${text}\n`;
}

function isBlank({ text, quoted }: Cell): boolean {
  return text === '' && !quoted;
}

/** The library's messages repeat what they found; a code does not. Rows parsed with the faulty one are lost. */
function unreadable(error: CsvError, skipped: number): UnreadableFile {
  const fault = error.code.replace(/^CSV_/, '').toLowerCase().replaceAll('_', ' ');
  const lines: unknown = error['lines'];
  const line = skipped + (typeof lines === 'number' ? lines : 1);
  return new UnreadableFile(
    `is not CSV: ${fault}. A cell that holds quotes, separators or line ends stands in quotes, and each quote in it is doubled`,
    `line ${line}`,
  );
}

/**
 * The separator of a file: the one that it names, or the one that gives its header the most known
 * columns.
 */
export function separatorOf(start: string, isKnown: (column: string) => boolean): string {
  const named = EXCEL_SEPARATOR.exec(start)?.[1];
  if (named !== undefined) return named;
  const lines = start.split(/\r?\n/, HEAD_WITHIN_LINES);
  const scores = SEPARATORS.map((separator) => {
    const known = lines.map((line) => columnsIn(line, separator).filter(isKnown).length);
    return {
      separator,
      known: Math.max(...known),
      all: columnsIn(lines[0] ?? '', separator).length,
    };
  });
  scores.sort((a, b) => b.known - a.known || b.all - a.all);
  return scores[0]?.separator ?? ',';
}

/** Good enough to compare with names of columns. */
export function columnsIn(line: string, separator: string): readonly string[] {
  return line.split(separator).map((cell) => cell.replace(/^\s*"|"\s*$/g, '').trim());
}

/** The cells by their columns, without blank ones; or why they do not fit. */
export function cellsByColumn(
  columns: readonly string[],
  cells: readonly Cell[],
): ReadonlyMap<string, string> | string {
  const tooMany = cells.slice(columns.length).some((cell) => !isBlank(cell));
  if (tooMany || cells.length < columns.length) {
    return `has ${counted(cells.length, 'cell')} for ${counted(columns.length, 'column')}; a cell with a separator in it stands in quotes`;
  }
  const given = columns.map((column, n) => [column || `column ${n + 1}`, cells[n]] as const);
  return new Map(
    given.flatMap(([column, cell]) =>
      cell === undefined || isBlank(cell) ? [] : [[column, cell.text] as const],
    ),
  );
}

/** A record as the file has it, with the fault in a column of its own. */
export function csvRejected(
  columns: readonly string[],
  cells: readonly Cell[],
  delimiter: string,
): RejectedRow {
  const isKept = (_: unknown, n: number): boolean => columns[n] !== FAULT_COLUMN;
  const names = columns.filter(isKept).map(cellOf);
  const kept = cells.filter(isKept);
  const missing = Array<Cell>(Math.max(0, names.length - kept.length)).fill(cellOf(''));
  return {
    // With a byte order mark, so that a spreadsheet reads UTF-8: people correct this file.
    head: `\ufeff${csvLine([...names, cellOf(FAULT_COLUMN)], delimiter)}`,
    text: (fault) => csvLine([...kept, ...missing, cellOf(fault)], delimiter),
    tail: '',
  };
}

function cellOf(text: string): Cell {
  return { text, quoted: false };
}

function csvLine(cells: readonly Cell[], delimiter: string): string {
  return stringify([cells.map(({ text }) => text)], {
    delimiter,
    record_delimiter: '\n',
    quoted_match: /[\r\n]/,
    // An empty text is quoted, none is not.
    cast: {
      string: (value, { index }) => ({ value, quoted_empty: cells[index]?.quoted === true }),
    },
  });
}
