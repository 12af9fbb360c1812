import { stringify } from 'csv-stringify/sync';
import type { TaskDto } from '../../tasks/dto/task.dto';
import { guarded } from './csv-injection';

/** Columns of a CSV file, in order; the names are those of the API. */
export const CSV_COLUMNS = [
  'id',
  'user_id',
  'title',
  'description',
  'completed',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof TaskDto)[];

/** How tasks are written. */
export interface TaskWriter {
  readonly head: string;
  /** @param tasks the JSON of each, as the database makes it */
  readonly page: (tasks: readonly string[]) => string;
}

export const FORMATS = ['json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

export const taskWriters: Readonly<Record<Format, TaskWriter>> = {
  json: { head: '', page: (tasks) => tasks.map((task) => `${task}\n`).join('') },
  csv: {
    head: `${CSV_COLUMNS.join(',')}\n`,
    page: (tasks) => csvOf(tasks.map((task) => JSON.parse(task) as TaskDto)),
  },
};

function csvOf(tasks: readonly TaskDto[]): string {
  const rows = tasks.map((task) => ({
    ...task,
    title: guarded(task.title),
    description: task.description === null ? null : guarded(task.description),
  }));
  return stringify(rows, {
    columns: [...CSV_COLUMNS],
    record_delimiter: '\n',
    quoted_match: /[\r\n]/,
    cast: {
      boolean: String,
      // An empty text is quoted, none is not.
      string: (text) => (text === '' ? { value: text, quoted_empty: true } : text),
    },
  });
}
