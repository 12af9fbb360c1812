import type { SourceFile, SourceRow } from '../source-row';
import type { Fields } from '../source-task';
import { treeRows, type TreeFormat } from '../task-tree';
import {
  asDescription,
  asPriority,
  asSourceId,
  asTags,
  asTime,
  asTitle,
  dueAt,
  isRecord,
} from '../values';

const DAY_SECONDS = 86_400;

/** data.json of a Vikunja export: projects with their tasks; older ones have lists in namespaces. */
const VIKUNJA: TreeFormat = {
  isTask: (node) => 'done' in node && 'title' in node,
  rules: () => ({
    title: asTitle,
    description: asDescription,
    done: (value) => ({ completed: value }),
    done_at: asTime('completed_at'),
    due_date: (value) => dueAt(value, 'UTC', false),
    priority: asPriority({ 0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 4 }),
    labels: asTags,
    created: asTime('created_at'),
    updated: asTime('updated_at'),
    start_date: absentWithout('0001-'),
    end_date: absentWithout('0001-'),
    repeats: (value) => ({ recurrence: value }),
    repeat_after: everyDays,
    repeat_mode: modeOf,
    related_tasks: parentOf,
    position: (value) => ({ position: value }),
    id: asSourceId,
  }),
  contents: ['tasks', 'projects', 'child_projects', 'lists'],
  container: 'project',
};

/** Go's zero time is no value; any other has no field. */
function absentWithout(prefix: string): (value: unknown) => Fields | undefined {
  return (value) => (typeof value === 'string' && value.startsWith(prefix) ? {} : undefined);
}

function everyDays(value: unknown): Fields | undefined {
  if (typeof value !== 'number' || value === 0 || value % DAY_SECONDS !== 0) return undefined;
  return { recurrence: `FREQ=DAILY;INTERVAL=${value / DAY_SECONDS}` };
}

/** Monthly, whatever `repeat_after` is; or counted from the completion. */
function modeOf(value: unknown): Fields | undefined {
  if (value === 1) return { recurrence: 'FREQ=MONTHLY' };
  return value === 2 ? { recurrence_from: 'completion' } : undefined;
}

/** Subtasks name their parents; any other relation has no field. */
function parentOf(value: unknown): Fields | undefined {
  if (!isRecord(value)) return undefined;
  const { parenttask, subtask: _, ...others } = value;
  const [parent, ...more] = Array.isArray(parenttask) ? (parenttask as readonly unknown[]) : [];
  if (Object.keys(others).length > 0 || more.length > 0) return undefined;
  return isRecord(parent) ? { parent: String(parent['id']) } : {};
}

export function readVikunja(file: SourceFile): AsyncGenerator<SourceRow> {
  return treeRows(file, VIKUNJA);
}
