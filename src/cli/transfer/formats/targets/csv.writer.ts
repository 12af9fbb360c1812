import { stringify } from 'csv-stringify/sync';
import type { TaskDto } from '../../../../tasks/dto/task.dto';
import { FIELD_NAMES, SHOWN_COLUMNS } from '../../../../tasks/task-fields';
import { guarded } from '../csv-injection';
import type { TaskWriter } from './task-writer';

/** Columns of a CSV file, in order; the names are those of the API. */
const CSV_COLUMNS = SHOWN_COLUMNS satisfies readonly (keyof TaskDto)[];

export const csvWriter: TaskWriter = {
  head: `${CSV_COLUMNS.join(',')}\n`,
  page: (tasks) => csvOf(tasks.map((task) => JSON.parse(task) as TaskDto)),
  tail: '',
};

function csvOf(tasks: readonly TaskDto[]): string {
  return stringify(tasks.map(guardedTask), {
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

/** Whatever text a client has written. */
function guardedTask(task: TaskDto): object {
  const texts = FIELD_NAMES.flatMap((name) => {
    const value = task[name];
    if (typeof value === 'string') return [[name, guarded(value)] as const];
    // A list is JSON.
    return Array.isArray(value) ? [[name, guarded(JSON.stringify(value))] as const] : [];
  });
  return { ...task, ...Object.fromEntries(texts) };
}
