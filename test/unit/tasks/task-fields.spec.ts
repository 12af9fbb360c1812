import { describe, expect, it } from '@jest/globals';
import { FIELD_NAMES, SHOWN_COLUMNS, TASK_COLUMNS, taskJson } from '../../../src/tasks/task-fields';

const ROW = [
  '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d',
  '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5',
  'A "title"',
  null,
  't',
  '2026-12-01T09:00',
  'Europe/Berlin',
  'FREQ=DAILY',
  'completion',
  '3',
  '["home", "a \\"b\\""]',
  '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4e',
  null,
  '2026-11-22 09:30:00.1+00',
  '2026-11-22 09:30:00+00',
  '2026-11-22 09:30:00.12+00',
  '7',
];

describe('the fields of a task', () => {
  it('are shown under their names, in the order of the columns, and no other column is', () => {
    expect(ROW).toHaveLength(TASK_COLUMNS.length);
    const shown: unknown = JSON.parse(taskJson(ROW));

    expect(Object.keys(shown as object)).toEqual(SHOWN_COLUMNS);
    expect(shown).toEqual({
      id: ROW[0],
      user_id: ROW[1],
      title: 'A "title"',
      description: null,
      completed: true,
      due: '2026-12-01T09:00',
      time_zone: 'Europe/Berlin',
      recurrence: null,
      recurrence_from: 'completion',
      priority: 3,
      tags: ['home', 'a "b"'],
      parent_id: '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4e',
      position: 'fe5dfd68b1c283c1609fc5a2e0f4d3b2',
      completed_at: '2026-11-22T09:30:00.100Z',
      created_at: '2026-11-22T09:30:00.000Z',
      updated_at: '2026-11-22T09:30:00.120Z',
    });
  });

  it('show no time of completion of an open task, which an earlier release may have left', () => {
    const open = ROW.map((text) => (text === 't' ? 'f' : text));

    expect(JSON.parse(taskJson(open))).toMatchObject({ completed: false, completed_at: null });
  });

  it('show a rule only of an open task with a due, whatever an earlier release may have left', () => {
    const open = ROW.map((text) => (text === 't' ? 'f' : text));
    const undated = open.map((text) => (text === '2026-12-01T09:00' ? null : text));

    expect(JSON.parse(taskJson(open))).toMatchObject({ recurrence: 'FREQ=DAILY' });
    expect(JSON.parse(taskJson(undated))).toMatchObject({ due: null, recurrence: null });
  });

  it('that a client decides are among them', () => {
    expect(SHOWN_COLUMNS).toEqual(expect.arrayContaining([...FIELD_NAMES]));
  });
});
