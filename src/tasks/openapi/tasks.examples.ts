import type { TasksSummaryDto } from '../dto/tasks-summary.dto';
import type { TaskDto, TaskPageDto } from '../dto/task.dto';

/** What the OpenAPI document, and so the explorer, shows of requests and answers. */
export const TASK: TaskDto = {
  id: '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d',
  user_id: '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5',
  title: 'Buy oat milk',
  description: 'Two litres, unsweetened.',
  completed: false,
  due: '2026-12-01T09:00',
  time_zone: 'Europe/Berlin',
  recurrence: 'FREQ=WEEKLY;BYDAY=TU',
  recurrence_from: 'due',
  priority: 3,
  tags: ['shopping'],
  parent_id: null,
  position: 'fe5dfd68b1c283c1609fc5a2e0f4d3b2',
  completed_at: null,
  created_at: '2026-11-22T09:30:00.125Z',
  updated_at: '2026-11-22T09:30:00.125Z',
};
/** Another task. */
export const NEIGHBOUR = '01a20297-51b4-7d08-a3f1-6c2e9b704f15';
export const WHOLE = {
  title: TASK.title,
  description: TASK.description,
  completed: TASK.completed,
  due: TASK.due,
  time_zone: TASK.time_zone,
  recurrence: TASK.recurrence,
  recurrence_from: TASK.recurrence_from,
  priority: TASK.priority,
  tags: TASK.tags,
  parent_id: TASK.parent_id,
};
export const CHANGED: TaskDto = { ...TASK, updated_at: '2026-11-22T17:05:42.007Z' };
export const PAGE: TaskPageDto = {
  items: [TASK],
  next_cursor: 'WzEsIk1XZ0h2SG1kZ0xYQ0p4LTUiLCIwMWEyMDI5Ny00ZTNkLTdjM2UtOWY2MC0zYTVkMWYwYjJjNGQiXQ',
};
export const SUMMARY: TasksSummaryDto = {
  open: 12,
  overdue: 2,
  due_today: 3,
  tags: [
    { name: 'shopping', open: 5 },
    { name: 'work', open: 4 },
  ],
};
