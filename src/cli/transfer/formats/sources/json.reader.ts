import { objectsWithRepeatedNames } from '../../../../http/input/json-text';
import { wholeText } from './encoding';
import { LONGEST_ROW_BYTES } from './csv-records';
import { linesOf } from './lines';
import {
  jsonRejected,
  MISSING_PAGE,
  type FaultyRow,
  plainRejected,
  REPEATED_NAME,
  type SourceFile,
  type SourceRow,
  type TaskRow,
  UnreadableFile,
} from './source-row';
import { type Field, fieldOf, readTask, type SourceTask } from './source-task';
import { isRecord } from './values';

const MAKE_LINES = "make it JSON Lines: jq -c '.[]' FILE > NEW_FILE";

/** JSON Lines, an object in each; or one array of objects, or a page of the API's list. */
export function readJson(file: SourceFile): AsyncGenerator<SourceRow> {
  return isWhole(file.start) ? wholeRows(file) : lineRows(file);
}

/** An array, or an object that does not end with its line. A file of one line may be either. */
function isWhole(start: string): boolean {
  const text = start.trimStart();
  if (text.startsWith('[')) return true;
  const [first = ''] = text.split('\n', 1);
  const pretty = first.trimEnd() === '{' || /^\{\s*"[^"]*":\s*[[{]?$/.test(first.trimEnd());
  return pretty || /^\{\s*"items"\s*:\s*\[/.test(text);
}

async function* lineRows({ bytes }: SourceFile): AsyncGenerator<SourceRow> {
  for await (const { number, text } of linesOf(bytes, LONGEST_ROW_BYTES)) {
    if (text.trim() === '') continue;
    const place = `line ${number}`;
    const value = parsed(text);
    if (value === undefined) yield { place, fault: 'is not JSON', rejected: plainRejected(text) };
    else if (objectsWithRepeatedNames(text).length > 0) {
      yield { place, fault: REPEATED_NAME, rejected: plainRejected(text) };
    } else yield objectRow(place, value);
  }
}

async function* wholeRows({ bytes }: SourceFile): AsyncGenerator<SourceRow> {
  const text = await wholeText(bytes, MAKE_LINES);
  const whole = parsed(text);
  if (whole === undefined) {
    throw new UnreadableFile('is neither JSON Lines nor one JSON array of tasks');
  }
  const isAmbiguous = ambiguousItems(text, whole);
  let number = 0;
  for (const value of itemsOf(whole)) {
    const { place, rejected, ...row } = objectRow(`task ${number + 1}`, value);
    yield isAmbiguous(number)
      ? { place, fault: REPEATED_NAME, rejected }
      : { place, rejected, ...row };
    number += 1;
  }
  if (isPage(whole) && typeof whole.next_cursor === 'string') {
    yield { place: `after task ${number}`, other: MISSING_PAGE };
  }
}

function itemsOf(whole: unknown): readonly unknown[] {
  if (Array.isArray(whole)) return whole;
  return isPage(whole) ? whole.items : [whole];
}

/**
 * The items in which an object has a name twice, by their numbers from 0.
 * @throws UnreadableFile where what is around them has one
 */
function ambiguousItems(text: string, whole: unknown): (item: number) => boolean {
  const pointers = objectsWithRepeatedNames(text);
  const isList = Array.isArray(whole) || isPage(whole);
  if (!isList || pointers.length === 0) return () => pointers.length > 0;
  const list = Array.isArray(whole) ? '/' : '/items/';
  if (!pointers.every((pointer) => pointer.startsWith(list))) {
    throw new UnreadableFile(REPEATED_NAME);
  }
  const items = new Set(pointers.map((pointer) => pointer.slice(list.length).split('/', 1)[0]));
  return (item) => items.has(String(item));
}

/** An answer of the API to a list of tasks. */
function isPage(
  whole: unknown,
): whole is { readonly items: readonly unknown[]; readonly next_cursor?: unknown } {
  return isRecord(whole) && Array.isArray(whole['items']);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function objectRow(place: string, value: unknown): TaskRow | FaultyRow {
  if (!isRecord(value)) {
    const rejected = plainRejected(JSON.stringify(value));
    return { place, fault: 'must be a JSON object', rejected };
  }
  return { place, task: taskOf(value), rejected: jsonRejected(value) };
}

function taskOf(value: object): SourceTask {
  const taken = new Set<Field>();
  return readTask(Object.entries(value), (name) => {
    const field = fieldOf(name);
    if (field === undefined || taken.has(field)) return undefined;
    taken.add(field);
    return (given) => ({ [field]: given });
  });
}
