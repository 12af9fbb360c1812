import { columnsIn, SEPARATORS } from './csv-records';
import { readCsv } from './csv.reader';
import { readGoogleTasks } from './programs/google-tasks.reader';
import { readIcs } from './ics.reader';
import { readJson } from './json.reader';
import { readMicrosoftTodo } from './programs/microsoft-todo.reader';
import { type ColumnMap, type TaskReader, UnreadableFile } from './source-row';
import { fieldOf } from './source-task';
import { isTickTickHead, readTickTick } from './programs/ticktick.reader';
import { readTodoTxt } from './todo-txt.reader';
import { isTodoistHead, readTodoist } from './programs/todoist.reader';
import { readVikunja } from './programs/vikunja.reader';

const READERS = {
  json: readJson,
  csv: readCsv,
  todoist: readTodoist,
  'google-tasks': readGoogleTasks,
  'microsoft-todo': readMicrosoftTodo,
  ics: readIcs,
  'todo.txt': readTodoTxt,
  vikunja: readVikunja,
  ticktick: readTickTick,
} as const satisfies Readonly<Record<string, TaskReader>>;

export type SourceFormat = keyof typeof READERS;

export const SOURCE_FORMATS = Object.keys(READERS) as readonly SourceFormat[];

export function readerOf(format: SourceFormat): TaskReader {
  return READERS[format];
}

/** Properties that only one program writes. A text cannot contain them: its quotes are escaped. */
const JSON_SIGNS: readonly (readonly [SourceFormat, RegExp])[] = [
  ['google-tasks', /"kind"\s*:\s*"tasks#/],
  [
    'microsoft-todo',
    /"(?:@odata\.\w+|well[kK]nownListName|createdDateTime|lastModifiedDateTime|isChecked)"\s*:/,
  ],
  ['vikunja', /"(?:done_at|percent_done|hex_color)"\s*:/],
];

const BY_ENDING: readonly (readonly [SourceFormat, RegExp])[] = [
  ['ics', /\.(?:ics|ical)$/i],
  ['csv', /\.(?:csv|tsv)$/i],
  ['json', /\.(?:json|jsonl|ndjson)$/i],
  ['todo.txt', /\.txt$/i],
];

const TODO_TXT_LINE = /^(?:x |\([A-Z]\) |\d{4}-\d\d-\d\d )/;

/**
 * Detects the format of a file from its beginning, else from its name.
 * @throws UnreadableFile
 */
export function detectFormat(start: string, file: string, columns: ColumnMap): SourceFormat {
  const text = start.trimStart();
  if (/^BEGIN:VCALENDAR/i.test(text)) return 'ics';
  if (/^[[{]/.test(text)) return JSON_SIGNS.find(([, sign]) => sign.test(text))?.[0] ?? 'json';
  const byHead = columns.size > 0 ? 'csv' : csvFormat(text);
  if (byHead !== undefined) return byHead;
  const byEnding = BY_ENDING.find(([, ending]) => ending.test(file))?.[0];
  if (byEnding !== undefined) return byEnding;
  if (TODO_TXT_LINE.test(text)) return 'todo.txt';
  throw new UnreadableFile(
    `has no format that can be detected: name it with --from ${SOURCE_FORMATS.join('|')}`,
  );
}

const PREFACE_LINES = 12;

function csvFormat(text: string): SourceFormat | undefined {
  const lines = text.split(/\r?\n/, PREFACE_LINES);
  if (/^"?sep=/i.test(text)) return 'csv';
  const heads = lines.map((line) => SEPARATORS.map((separator) => columnsIn(line, separator)));
  const [first = []] = heads;
  if (first.some((columns) => isTodoistHead(columns.map((column) => column.toUpperCase())))) {
    return 'todoist';
  }
  if (heads.some((head) => head.some(isTickTickHead))) return 'ticktick';
  const hasTitle = first.some((head) => head.some((column) => fieldOf(column) === 'title'));
  return hasTitle ? 'csv' : undefined;
}
