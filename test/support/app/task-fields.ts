import type { TaskFields } from '../../../src/tasks/dto/write-task.dto';

/** What a client decides about a task, where it decides on a title alone. */
export const NEW_TASK: TaskFields = {
  title: 'Task',
  description: null,
  completed: false,
  due: null,
  time_zone: null,
  recurrence: null,
  recurrence_from: 'due',
  priority: 0,
  tags: [],
  parent_id: null,
};
