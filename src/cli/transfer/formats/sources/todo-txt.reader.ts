import { LONGEST_ROW_BYTES } from './csv-records';
import { linesOf } from './lines';
import { plainRejected, type SourceFile, type SourceRow } from './source-row';
import type { Field, Fields, SourceTask } from './source-task';
import { asPriority } from './values';

const DAY = String.raw`(?:(\d{4}-\d\d-\d\d) )`;
/** `x` done, `(A)` priority, and days: of creation; or of completion and creation. */
const TASK = new RegExp(String.raw`^(x )?(?:\(([A-Z])\) )?${DAY}?${DAY}?(.*)$`, 's');
/** An open task has no day of completion, so a second one begins its text. */
const OPEN_TASK = new RegExp(String.raw`^()(?:\(([A-Z])\) )?()${DAY}?(.*)$`, 's');
const MARKS = /(?<=^|\s)(?:[+@](\S+)|([^\s:/]+):([^\s:/][^\s:]*))(?=\s|$)/g;

const LEVELS: Readonly<Record<string, number>> = { a: 4, b: 3, c: 2 };
const LOWEST = 1;

/** A task in each line (https://github.com/todotxt/todo.txt). */
export async function* readTodoTxt({ bytes }: SourceFile): AsyncGenerator<SourceRow> {
  for await (const { number, text } of linesOf(bytes, LONGEST_ROW_BYTES)) {
    const line = text.trim();
    if (line === '') continue;
    yield { place: `line ${number}`, task: taskOf(line), rejected: plainRejected(text) };
  }
}

function taskOf(line: string): SourceTask {
  const done = line.startsWith('x ');
  const [, , letter, first, second, text = ''] = (done ? TASK : OPEN_TASK).exec(line) ?? [];
  const marks = marksOf(text);
  const fields: Fields = {
    title: text,
    completed: done,
    ...(second && { created_at: beginningOf(second) }),
    ...(first && { completed_at: `${first}T00:00:00Z` }),
    ...priorityOf(letter),
    ...marks,
  };
  return { fields, others: [], inTitle: Object.keys(marks) as Field[] };
}

/** In UTC. East of it, today may begin later than now. */
function beginningOf(day: string): string {
  const begins = Date.parse(`${day}T00:00:00Z`);
  const isToday = begins > Date.now() && begins < Date.now() + LARGEST_OFFSET_MS;
  return isToday ? new Date().toISOString() : `${day}T00:00:00Z`;
}

const LARGEST_OFFSET_MS = 14 * 3_600_000;

/** Contexts stay in the text: `call @mum` without its context would be no sentence. */
function marksOf(text: string): Fields {
  const tags: string[] = [];
  const fields: Record<string, unknown> = {};
  for (const [, tag, key = '', value] of text.matchAll(MARKS)) {
    if (tag !== undefined) tags.push(tag);
    else if (key === 'due' && /^\d{4}-\d\d-\d\d$/.test(value ?? '')) fields['due'] = value;
    else if (key === 'pri') Object.assign(fields, priorityOf(value));
  }
  return { ...fields, ...(tags.length > 0 && { tags }) };
}

function priorityOf(letter: string | undefined): Fields {
  if (!letter) return {};
  const levels = asPriority(LEVELS)(letter);
  return levels ?? { priority: LOWEST };
}
