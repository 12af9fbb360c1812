import type { SourceFile, SourceRow } from '../source-row';
import { treeRows, type TreeFormat } from '../task-tree';
import {
  asCompleted,
  asDescription,
  asNothing,
  asParent,
  asSourceId,
  asTime,
  asTitle,
} from '../values';

/**
 * Tasks.json of Google Takeout, or an answer of the Google Tasks API
 * (https://developers.google.com/workspace/tasks/reference/rest/v1/tasks).
 */
const GOOGLE_TASKS: TreeFormat = {
  isTask: ({ kind, status }) =>
    kind === 'tasks#task' || (kind === undefined && status !== undefined),
  rules: () => ({
    kind: asNothing,
    title: asTitle,
    notes: asDescription,
    status: asCompleted({ completed: true, needsAction: false }),
    created: asTime('created_at'),
    updated: asTime('updated_at'),
    completed: asTime('completed_at'),
    // The API and Takeout know the day alone; the time is always midnight.
    due: (value) =>
      typeof value === 'string' ? { due: value.slice(0, 'YYYY-MM-DD'.length) } : undefined,
    parent: asParent,
    position: (value) => ({ position: value }),
    id: asSourceId,
  }),
  otherThanTask: ({ deleted }) => (deleted === true ? 'deleted task' : undefined),
  contents: ['items'],
  isEmptyContainer: ({ kind }) => kind === 'tasks#tasks' || kind === 'tasks#taskLists',
  container: 'list',
};

export function readGoogleTasks(file: SourceFile): AsyncGenerator<SourceRow> {
  return treeRows(file, GOOGLE_TASKS);
}
