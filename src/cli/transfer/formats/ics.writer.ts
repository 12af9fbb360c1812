import ICAL from 'ical.js';
import type { TaskDto } from '../../../tasks/dto/task.dto';
import type { TaskWriter } from './task-writer';

/** iCalendar (RFC 5545): a VTODO for each task. Its times have no milliseconds. */
export const icsWriter: TaskWriter = {
  head: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Task API//EN\r\n',
  page: (tasks) => tasks.map((task) => `${todoOf(JSON.parse(task) as TaskDto)}\r\n`).join(''),
  tail: 'END:VCALENDAR\r\n',
};

function todoOf(task: TaskDto): string {
  const todo = new ICAL.Component('vtodo');
  todo.addPropertyWithValue('uid', task.id);
  todo.addPropertyWithValue('dtstamp', utc(task.updated_at));
  todo.addPropertyWithValue('created', utc(task.created_at));
  todo.addPropertyWithValue('last-modified', utc(task.updated_at));
  todo.addPropertyWithValue('summary', task.title);
  if (task.description !== null) {
    // iCalendar knows one kind of line end.
    todo.addPropertyWithValue('description', task.description.replaceAll(/\r\n?/g, '\n'));
  }
  todo.addPropertyWithValue('status', task.completed ? 'COMPLETED' : 'NEEDS-ACTION');
  return todo.toString();
}

function utc(timestamp: string): ICAL.Time {
  return ICAL.Time.fromJSDate(new Date(timestamp), true);
}
