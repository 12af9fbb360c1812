import { objectsWithRepeatedNames } from '../../../../http/input/json-text';
import { withKnownRule } from './source-rule';
import { wholeText } from './encoding';
import {
  jsonRejected,
  MISSING_PAGE,
  plainRejected,
  REPEATED_NAME,
  type SourceFile,
  type SourceRow,
  UnreadableFile,
} from './source-row';
import { type Rule, readTask, rulesByName, hasContent } from './source-task';
import { isRecord, withTimesInOrder } from './values';

/** How a program keeps its tasks in one JSON document. */
export interface TreeFormat {
  readonly isTask: (node: Readonly<Record<string, unknown>>) => boolean;
  /** Names a task that is to be left out, in the singular. */
  readonly otherThanTask?: (task: Readonly<Record<string, unknown>>) => string | undefined;
  /** The rules for the properties of a task. */
  readonly rules: (task: Readonly<Record<string, unknown>>) => Readonly<Record<string, Rule>>;
  /** Properties of a task that hold further tasks, and what those say of their parent. */
  readonly subtasks?: string;
  /** Properties of a container in which its tasks are; it may have none. */
  readonly contents: readonly string[];
  /** Whether something without such a property holds tasks too. */
  readonly isEmptyContainer?: (node: Readonly<Record<string, unknown>>) => boolean;
  /** The container of tasks, in the singular: `list`. */
  readonly container: string;
}

/** How answers of APIs show that there are more pages. */
const NEXT_PAGE = ['nextPageToken', '@odata.nextLink'];

type Node = Readonly<Record<string, unknown>>;

/**
 * The tasks of a document: lists of tasks, one list, or tasks without one. Rejected tasks are lines of
 * JSON, which are read as well.
 */
export async function* treeRows(
  { bytes }: SourceFile,
  format: TreeFormat,
): AsyncGenerator<SourceRow> {
  const text = await wholeText(bytes, 'export fewer lists at a time');
  const document = documentOf(text);
  if (objectsWithRepeatedNames(text).length > 0) throw new UnreadableFile(REPEATED_NAME);
  let number = 0;
  for (const piece of piecesOf(document, format)) {
    if ('other' in piece) {
      yield { place: `after task ${number}`, other: piece.other };
      continue;
    }
    number += 1;
    yield rowOf(`task ${number}`, piece, format);
  }
}

/** @throws UnreadableFile */
function documentOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return linesOf(text);
  }
}

function linesOf(text: string): readonly unknown[] {
  try {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch {
    throw new UnreadableFile('is not JSON, or not all of it is here');
  }
}

interface FoundTask {
  readonly node: unknown;
  /** Its parent in the document. */
  readonly parent?: string;
}

function* piecesOf(
  node: unknown,
  format: TreeFormat,
): Generator<FoundTask | { readonly other: string }> {
  if (Array.isArray(node)) {
    for (const item of node as readonly unknown[]) yield* piecesOf(item, format);
    return;
  }
  if (!isRecord(node)) {
    yield { node };
    return;
  }
  const contents = format.contents.filter((name) => name in node);
  if (format.isTask(node)) yield* taskPieces(node, format);
  else if (contents.length === 0 && format.isEmptyContainer?.(node) !== true) yield { node };
  else {
    // The document itself, and each page of a list, has no name.
    if (isNamed(node)) yield { other: format.container };
    for (const name of contents) yield* piecesOf(node[name] ?? [], format);
    if (NEXT_PAGE.some((name) => hasContent(node[name]))) yield { other: MISSING_PAGE };
  }
}

function isNamed(node: Node): boolean {
  return 'title' in node || 'displayName' in node || 'name' in node;
}

function* taskPieces(
  node: Node,
  { subtasks, otherThanTask }: TreeFormat,
): Generator<FoundTask | { readonly other: string }> {
  const other = otherThanTask?.(node);
  yield other === undefined ? { node } : { other };
  const below = subtasks === undefined ? [] : node[subtasks];
  if (!Array.isArray(below)) return;
  const { id } = node;
  const parent = typeof id === 'string' || typeof id === 'number' ? String(id) : 'the task above';
  for (const item of below as readonly unknown[]) yield { node: item, parent };
}

function rowOf(place: string, { node, parent }: FoundTask, format: TreeFormat): SourceRow {
  if (!isRecord(node)) {
    const rejected = plainRejected(JSON.stringify(node));
    return { place, fault: 'must be a JSON object', rejected };
  }
  const rejected = jsonRejected(node);
  if (!format.isTask(node)) return { place, fault: 'is not a task of that program', rejected };
  const { fields, others } = readTask(Object.entries(node), rulesByName(format.rules(node)));
  const own = parent === undefined ? fields : { ...fields, parent };
  return { place, task: { fields: withKnownRule(withTimesInOrder(own)), others }, rejected };
}
