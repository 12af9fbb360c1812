import type { TaskDto } from '../../../../tasks/dto/task.dto';
import { wasMoved } from '../../../../tasks/task-fields';
import type { TaskWriter } from './task-writer';

/**
 * todo.txt: a line for each task. Its day of creation is always there, so that no title can be
 * taken for a mark, such as `x ` or `(A) `. If the day of completion is unknown, the day of the
 * last change replaces it. Other values become marks after the title, unless the title has them.
 */
export const todoTxtWriter: TaskWriter = {
  head: '',
  page: (tasks) => tasks.map((task) => `${lineOf(JSON.parse(task) as TaskDto)}\n`).join(''),
  tail: '',
  leftOut: (json) => {
    const task = JSON.parse(json) as TaskDto;
    const { description, due, recurrence, tags, parent_id: parent } = task;
    return [
      ...(description === null || description === '' ? [] : ['description']),
      // Its time, and the zone of that.
      ...(due?.includes('T') === true ? ['time of due'] : []),
      ...(recurrence === null ? [] : ['recurrence']),
      ...(tags.every(isMark) ? [] : ['tags']),
      ...(parent === null ? [] : ['parent_id']),
      ...(wasMoved(task) ? ['position'] : []),
    ];
  },
};

const LETTERS = ['', 'D', 'C', 'B', 'A'];

function lineOf(task: TaskDto): string {
  const { title, completed, due, tags } = task;
  const letter = LETTERS[task.priority] ?? '';
  const words = title.split(/\s+/);
  const marks = [
    ...tags.filter(isMark).flatMap((tag) => (words.includes(`+${tag}`) ? [] : [`@${tag}`])),
    ...(due === null ? [] : [`due:${dayOf(due)}`]),
    // A completed task has its priority as a mark.
    ...(completed && letter !== '' ? [`pri:${letter}`] : []),
  ];
  return [
    ...(completed ? ['x', dayOf(task.completed_at ?? task.updated_at)] : []),
    ...(completed || letter === '' ? [] : [`(${letter})`]),
    dayOf(task.created_at),
    title,
    ...marks.filter((mark) => !words.includes(mark)),
  ].join(' ');
}

/** Whether it can be one word of a title. */
function isMark(tag: string): boolean {
  return !/\s/.test(tag);
}

function dayOf(timestamp: string): string {
  return timestamp.slice(0, 'YYYY-MM-DD'.length);
}
