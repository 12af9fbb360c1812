import type { Task } from 'task-api-client';

/** A task where it is shown: below its parent, if that is shown too. */
export interface ArrangedTask {
  readonly task: Task;
  /** 0 at the top. */
  readonly level: number;
  /** Those with the same parent, the task among them, in their order. */
  readonly siblings: readonly Task[];
}

export type Neighbours = { readonly before: string } | { readonly after: string };

/** @param tasks by `position` */
export function arranged(tasks: readonly Task[]): readonly ArrangedTask[] {
  const ids = new Set(tasks.map(({ id }) => id));
  const families = new Map<string | null, Task[]>();
  for (const task of tasks) {
    const { parent_id: parent } = task;
    const key = parent !== null && ids.has(parent) ? parent : null;
    families.set(key, [...(families.get(key) ?? []), task]);
  }
  const below = (parent: string | null, level: number): readonly ArrangedTask[] => {
    const siblings = families.get(parent) ?? [];
    return siblings.flatMap((task) => [{ task, level, siblings }, ...below(task.id, level + 1)]);
  };
  return below(null, 0);
}

/** Where a task goes that is dropped on another one, or pushed there; undefined where it cannot. */
export function neighboursAt(
  siblings: readonly Task[],
  moved: Task,
  target: Task | undefined,
): Neighbours | undefined {
  const [from, to] = [moved, target].map((task) => siblings.findIndex(({ id }) => id === task?.id));
  if (target === undefined || from === undefined || to === undefined) return undefined;
  if (from < 0 || to < 0 || from === to) return undefined;
  return from < to ? { after: target.id } : { before: target.id };
}
