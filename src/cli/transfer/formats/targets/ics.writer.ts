import ICAL from 'ical.js';
import type { TaskDto } from '../../../../tasks/dto/task.dto';
import { wasMoved } from '../../../../tasks/task-fields';
import type { TaskWriter } from './task-writer';

/** iCalendar (RFC 5545): a VTODO for each task. Its times have no milliseconds. */
export const icsWriter: TaskWriter = {
  head: 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Task API//EN\r\n',
  page: (tasks) => tasks.map((task) => `${todoOf(JSON.parse(task) as TaskDto)}\r\n`).join(''),
  tail: 'END:VCALENDAR\r\n',
  leftOut: (json) => {
    const task = JSON.parse(json) as TaskDto;
    const isCounted = task.recurrence !== null && task.recurrence_from !== 'due';
    return [...(wasMoved(task) ? ['position'] : []), ...(isCounted ? ['recurrence_from'] : [])];
  },
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
  if (task.completed_at !== null) {
    todo.addPropertyWithValue('completed', utc(task.completed_at));
  }
  if (task.due !== null) addDue(todo, task.due, task.time_zone);
  if (task.recurrence !== null) {
    todo.addPropertyWithValue('rrule', ICAL.Recur.fromString(task.recurrence));
  }
  if (task.priority > 0) todo.addPropertyWithValue('priority', PRIORITIES[task.priority] ?? 0);
  // One in each line: not every reader splits a line whose value ends with a backslash.
  for (const tag of task.tags) todo.addPropertyWithValue('categories', tag);
  if (task.parent_id !== null) todo.addPropertyWithValue('related-to', task.parent_id);
  return todo.toString();
}

/** 1 is the highest there; 0 is none. */
const PRIORITIES = [0, 9, 5, 3, 1];

/** The zone is named, and its rules are left to the reader, as those of IANA are well known. */
function addDue(todo: ICAL.Component, due: string, zone: string | null): void {
  const isDate = !due.includes('T');
  const isUtc = zone === 'UTC';
  const value = isDate
    ? ICAL.Time.fromDateString(due)
    : ICAL.Time.fromDateTimeString(`${due}:00${isUtc ? 'Z' : ''}`);
  const property = new ICAL.Property('due');
  if (isDate) property.resetType('date');
  property.setValue(value);
  if (zone !== null && !isUtc) property.setParameter('tzid', zone);
  todo.addProperty(property);
}

function utc(timestamp: string): ICAL.Time {
  return ICAL.Time.fromJSDate(new Date(timestamp), true);
}
