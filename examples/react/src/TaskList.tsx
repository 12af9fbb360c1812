import { useState } from 'react';
import type { Task } from 'task-api-client';
import { arranged, type ArrangedTask, neighboursAt } from './arrangement';
import { dueDay } from './due';
import { ErrorNote } from './ErrorNote';
import { inWords } from './recurrence';
import { useCompleteTask, useLiveTasks, useMoveTask, useTasks } from './tasks';

export function TaskList() {
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useTasks();
  const complete = useCompleteTask();
  const move = useMoveTask();
  const [dragged, setDragged] = useState<Task>();
  useLiveTasks();
  const tasks = data?.pages.flatMap(({ items }) => items) ?? [];

  function put(task: Task, siblings: readonly Task[], target: Task | undefined): void {
    const neighbours = neighboursAt(siblings, task, target);
    if (neighbours !== undefined) move.mutate({ task, neighbours });
  }

  if (isPending) return <p>Loading…</p>;
  return (
    <>
      <ErrorNote error={complete.error ?? move.error ?? error} />
      {data !== undefined && tasks.length === 0 && <p>There is no task yet.</p>}
      <ul className="tasks">
        {arranged(tasks).map(({ task, level, siblings }) => (
          <li
            key={task.id}
            aria-level={level + 1}
            style={{ marginInlineStart: `${level * 1.5}rem` }}
            draggable
            onDragStart={() => setDragged(task)}
            onDragOver={(event) => event.preventDefault()}
            onDrop={() => dragged && put(dragged, siblings, task)}
          >
            <label>
              <input
                type="checkbox"
                checked={task.completed}
                onChange={(event) => complete.mutate({ task, completed: event.target.checked })}
              />
              {task.title}
            </label>
            <Marks task={task} />
            <Arrows task={task} siblings={siblings} onMove={put} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          More
        </button>
      )}
    </>
  );
}

/** What dragging does, for the keyboard. */
function Arrows({
  task,
  siblings,
  onMove,
}: Omit<ArrangedTask, 'level'> & {
  readonly onMove: (task: Task, siblings: readonly Task[], target: Task | undefined) => void;
}) {
  const at = siblings.indexOf(task);
  const [above, below] = [siblings[at - 1], siblings[at + 1]];
  return (
    <span className="arrows">
      <button
        aria-label={`Move ${task.title} up`}
        disabled={above === undefined}
        onClick={() => onMove(task, siblings, above)}
      >
        ↑
      </button>
      <button
        aria-label={`Move ${task.title} down`}
        disabled={below === undefined}
        onClick={() => onMove(task, siblings, below)}
      >
        ↓
      </button>
    </span>
  );
}

function Marks({ task: { due, recurrence, completed, priority, tags } }: { readonly task: Task }) {
  const day = due === null || completed ? undefined : dueDay(due);
  return (
    <span className="marks">
      {priority > 0 && <span title={`Priority ${priority}`}>{'!'.repeat(priority)}</span>}
      {due !== null && <time dateTime={due}>{due.replace('T', ' ')}</time>}
      {recurrence !== null && <span className="rule">{inWords(recurrence)}</span>}
      {day !== undefined && <span className={day}>{day}</span>}
      {tags.map((tag) => (
        <span key={tag}>#{tag}</span>
      ))}
    </span>
  );
}
