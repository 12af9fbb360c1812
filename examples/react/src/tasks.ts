import {
  type InfiniteData,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Task } from 'task-api-client';
import { completeTask, followTasks, listTasks, moveTask, type TaskPage } from './api';
import type { Neighbours } from './arrangement';

export const TASKS = ['tasks'];
type Pages = InfiniteData<TaskPage, string | undefined>;

export function useTasks() {
  return useInfiniteQuery({
    queryKey: TASKS,
    queryFn: ({ pageParam }) => listTasks(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
  });
}

/** Keeps the list in step with every other window of the user, on any machine. */
export function useLiveTasks(): void {
  const queryClient = useQueryClient();
  useEffect(
    () =>
      followTasks(() => {
        // A change of this window is shown already, and its answer brings the list up to date.
        if (queryClient.isMutating() === 0) {
          void queryClient.invalidateQueries({ queryKey: TASKS });
        }
      }),
    [queryClient],
  );
}

/** Shows the change at once, and takes it back if the API refuses it, as with 412. */
export function useCompleteTask() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ task, completed }: { task: Task; completed: boolean }) =>
      completeTask(task, completed),
    onMutate: async ({ task, completed }) => {
      // An answer that is under way would overwrite what is shown now.
      await queryClient.cancelQueries({ queryKey: TASKS });
      show({ ...task, completed });
    },
    onSuccess: show,
    onError: (_error, { task }) => show(task),
    onSettled: () => queryClient.invalidateQueries({ queryKey: TASKS }),
  });

  function show(task: Task): void {
    queryClient.setQueryData<Pages>(TASKS, (list) => list && withTask(list, task));
  }
}

/** The answer has the new position, by which the list is sorted again. */
export function useMoveTask() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ task, neighbours }: { task: Task; neighbours: Neighbours }) =>
      moveTask(task, neighbours),
    onSettled: () => queryClient.invalidateQueries({ queryKey: TASKS }),
  });
}

function withTask(list: Pages, task: Task): Pages {
  const pages = list.pages.map((page) => ({
    ...page,
    items: page.items.map((item) => (item.id === task.id ? task : item)),
  }));
  return { ...list, pages };
}
