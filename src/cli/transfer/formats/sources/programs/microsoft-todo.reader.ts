import type { SourceFile, SourceRow } from '../source-row';
import { asPatternedRecurrence } from '../source-rule';
import type { Fields } from '../source-task';
import { treeRows, type TreeFormat } from '../task-tree';
import {
  asCompleted,
  asDescription,
  asNothing,
  asPriority,
  asSourceId,
  asTags,
  asTime,
  asTitle,
  isRecord,
  zoneNamed,
} from '../values';

/**
 * Lists and tasks of Microsoft To Do as Microsoft Graph answers them, and as the programs that export
 * by it write them (https://learn.microsoft.com/graph/api/resources/todotask).
 */
const MICROSOFT_TODO: TreeFormat = {
  isTask: (node) =>
    isChecklistItem(node) || (typeof node['status'] === 'string' && 'title' in node),
  rules: (task) => ({
    title: asTitle,
    status: asCompleted({ completed: true, notStarted: false }),
    body: (value) => (isRecord(value) ? asDescription(value['content']) : undefined),
    importance: asPriority({ low: 1, normal: 0, high: 3 }),
    categories: asTags,
    dueDateTime: momentOf,
    completedDateTime: (value) =>
      isRecord(value) ? asTime('completed_at')(value['dateTime']) : undefined,
    createdDateTime: asTime('created_at'),
    lastModifiedDateTime: asTime('updated_at'),
    recurrence: asPatternedRecurrence,
    id: asSourceId,
    // Each is a task of its own.
    checklistItems: asNothing,
    ...(isChecklistItem(task) && {
      displayName: asTitle,
      isChecked: (value: unknown) => ({ completed: value }),
      checkedDateTime: asTime('completed_at'),
    }),
  }),
  subtasks: 'checklistItems',
  contents: ['value', 'tasks', 'lists'],
  container: 'list',
};

/** Local time of a zone; a task that is due on a day has midnight. */
function momentOf(value: unknown): Fields | undefined {
  if (!isRecord(value)) return undefined;
  const { dateTime, timeZone } = value;
  const [, day, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(String(dateTime)) ?? [];
  if (day === undefined) return undefined;
  return time === '00:00' ? { due: day } : { due: `${day}T${time}`, ...zoneNamed(timeZone) };
}

function isChecklistItem(node: Readonly<Record<string, unknown>>): boolean {
  return 'displayName' in node && 'isChecked' in node;
}

export function readMicrosoftTodo(file: SourceFile): AsyncGenerator<SourceRow> {
  return treeRows(file, MICROSOFT_TODO);
}
