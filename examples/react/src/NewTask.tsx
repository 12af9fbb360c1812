import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent } from 'react';
import { createTask, type NewTask as Fields } from './api';
import { ErrorNote } from './ErrorNote';
import { RULES } from './recurrence';
import { TASKS, useTasks } from './tasks';

export function NewTask() {
  const queryClient = useQueryClient();
  const tasks = useTasks().data?.pages.flatMap(({ items }) => items) ?? [];
  const { mutate, error, isPending } = useMutation({
    mutationFn: createTask,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: TASKS }),
  });

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = event.currentTarget;
    mutate(read(new FormData(form)), { onSuccess: () => form.reset() });
  }

  return (
    <form onSubmit={submit}>
      <label>
        Title
        <input name="title" />
      </label>
      <label>
        Due
        <input name="due" type="date" />
      </label>
      <label>
        Repeat
        <select name="recurrence">
          <option value="">never</option>
          {Object.entries(RULES).map(([rule, words]) => (
            <option key={rule} value={rule}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        Priority
        <select name="priority">
          <option value="0">none</option>
          <option value="1">low</option>
          <option value="2">medium</option>
          <option value="3">high</option>
          <option value="4">highest</option>
        </select>
      </label>
      <label>
        Tags
        <input name="tags" placeholder="shopping, home" />
      </label>
      <label>
        Subtask of
        <select name="parent">
          <option value="">none</option>
          {tasks.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <button disabled={isPending}>Add</button>
      <ErrorNote error={error} />
    </form>
  );
}

/** The API checks the fields: what it says about them is shown. */
function read(form: FormData): Fields {
  const text = (name: string) => String(form.get(name)).trim();
  const tags = text('tags').split(',');
  return {
    title: text('title'),
    due: text('due') || null,
    recurrence: text('recurrence') || null,
    priority: Number(text('priority')),
    parent_id: text('parent') || null,
    tags: tags.map((tag) => tag.trim()).filter((tag) => tag !== ''),
  };
}
