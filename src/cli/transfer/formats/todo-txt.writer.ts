import type { TaskDto } from '../../../tasks/dto/task.dto';
import type { TaskWriter } from './task-writer';

/**
 * todo.txt: a line for each task. Its day of creation is always there, so that no title can be taken
 * for a mark, such as `x ` or `(A) `. Where a day of completion belongs, that of the last change stands.
 */
export const todoTxtWriter: TaskWriter = {
  head: '',
  page: (tasks) => tasks.map((task) => `${lineOf(JSON.parse(task) as TaskDto)}\n`).join(''),
  tail: '',
  leftOut: (json) => {
    const { description } = JSON.parse(json) as TaskDto;
    return description === null || description === '' ? [] : ['description'];
  },
};

function lineOf({ title, completed, created_at, updated_at }: TaskDto): string {
  return [...(completed ? ['x', dayOf(updated_at)] : []), dayOf(created_at), title].join(' ');
}

function dayOf(timestamp: string): string {
  return timestamp.slice(0, 'YYYY-MM-DD'.length);
}
