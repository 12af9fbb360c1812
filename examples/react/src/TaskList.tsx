import type { Task } from 'task-api-client';
import { dueDay } from './due';
import { ErrorNote } from './ErrorNote';
import { useCompleteTask, useLiveTasks, useTasks } from './tasks';

export function TaskList() {
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useTasks();
  const complete = useCompleteTask();
  useLiveTasks();
  const tasks = data?.pages.flatMap(({ items }) => items) ?? [];

  if (isPending) return <p>Loading…</p>;
  return (
    <>
      <ErrorNote error={complete.error ?? error} />
      {data !== undefined && tasks.length === 0 && <p>There is no task yet.</p>}
      <ul className="tasks">
        {tasks.map((task) => (
          <li key={task.id}>
            <label>
              <input
                type="checkbox"
                checked={task.completed}
                onChange={(event) => complete.mutate({ task, completed: event.target.checked })}
              />
              {task.title}
            </label>
            <Marks task={task} />
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

function Marks({ task: { due, completed, priority, tags } }: { readonly task: Task }) {
  const day = due === null || completed ? undefined : dueDay(due);
  return (
    <span className="marks">
      {priority > 0 && <span title={`Priority ${priority}`}>{'!'.repeat(priority)}</span>}
      {due !== null && <time dateTime={due}>{due.replace('T', ' ')}</time>}
      {day !== undefined && <span className={day}>{day}</span>}
      {tags.map((tag) => (
        <span key={tag}>#{tag}</span>
      ))}
    </span>
  );
}
