import { csvWriter } from './csv.writer';
import { icsWriter } from './ics.writer';
import type { TaskWriter } from './task-writer';
import { todoTxtWriter } from './todo-txt.writer';

export const TARGET_FORMATS = ['json', 'csv', 'ics', 'todo.txt'] as const;
export type TargetFormat = (typeof TARGET_FORMATS)[number];

export const taskWriters: Readonly<Record<TargetFormat, TaskWriter>> = {
  json: { head: '', page: (tasks) => tasks.map((task) => `${task}\n`).join(''), tail: '' },
  csv: csvWriter,
  ics: icsWriter,
  'todo.txt': todoTxtWriter,
};
