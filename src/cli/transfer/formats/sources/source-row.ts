import { FAULT_COLUMN, type SourceTask } from './source-task';

/** A piece of a file: a task, something else, or an unreadable part. */
export type SourceRow = TaskRow | OtherRow | FaultyRow;

export interface TaskRow {
  /** Where it is in the file: `line 12`, `task 3`. */
  readonly place: string;
  readonly task: SourceTask;
  readonly rejected: RejectedRow;
}

/** Not a task, such as a section or a comment. */
export interface OtherRow {
  readonly place: string;
  /** In the singular: `section`. */
  readonly other: string;
}

export interface FaultyRow {
  readonly place: string;
  readonly fault: string;
  readonly rejected: RejectedRow;
}

/** An answer of an API that is not the last one of its list. */
export const MISSING_PAGE = 'missing page';

/** JSON.parse would keep the last value of it, and say nothing. */
export const REPEATED_NAME = 'has a name that is repeated: give it once';

/** The row as the file has it, for a file of rejected rows that can be corrected and imported. */
export interface RejectedRow {
  /** Stands before the first of them. */
  readonly head: string;
  /** @param fault is written beside it where the format has a place for that */
  readonly text: (fault: string) => string;
  /** Stands after the last of them. */
  readonly tail: string;
}

/** The source: a stream of all of it, and its beginning. */
export interface SourceFile {
  readonly bytes: AsyncIterable<Buffer>;
  readonly start: string;
  /** Columns that the operator names, by field. */
  readonly columns: ColumnMap;
}

/** `--map`: the column of the file for a field of a task. */
export type ColumnMap = ReadonlyMap<string, string>;

export type TaskReader = (file: SourceFile) => AsyncGenerator<SourceRow>;

/** The file as a whole cannot be read: where, why, and what to do. */
export class UnreadableFile extends Error {
  constructor(reason: string, place?: string) {
    super(place === undefined ? `the file ${reason}` : `${place} ${reason}`);
    this.name = 'UnreadableFile';
  }
}

export function jsonRejected(value: object): RejectedRow {
  const text = (fault: string): string =>
    `${JSON.stringify({ ...value, [FAULT_COLUMN]: fault })}\n`;
  return { head: '', text, tail: '' };
}

/** A row that is kept as it is. */
export function plainRejected(line: string): RejectedRow {
  return { head: '', text: () => `${line}\n`, tail: '' };
}
