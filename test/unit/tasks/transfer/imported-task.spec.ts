import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '../../../../src/problems/problem-error';
import { importedTask } from '../../../../src/tasks/transfer/imported-task';

const USER = '9aac614b-e5ba-5338-9a1f-1c3745be5fe4';
const CREATED = '2026-01-05T10:00:00.123Z';
const CREATED_MS = Date.parse(CREATED);
const ID = `${CREATED_MS.toString(16)
  .padStart(12, '0')
  .replace(/^(.{8})/, '$1-')}-7abc-8000-000000000001`;

const FROM = { atMs: CREATED_MS + 1, seq: 7, random: new Uint8Array(16).fill(1) };

function faultsOf(value: unknown): unknown {
  try {
    return importedTask(value, USER, FROM);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.faults;
  }
}

describe('a task that is imported', () => {
  it('keeps its id and its times', () => {
    const task = {
      id: ID.toUpperCase(),
      user_id: USER.toUpperCase(),
      title: '  Milk ',
      description: 'x',
      completed: true,
      created_at: '2026-01-05T11:00:00.123+01:00',
      updated_at: '2026-01-05T10:30:00Z',
    };
    expect(importedTask(task, USER, FROM)).toEqual({
      id: ID,
      fields: expect.objectContaining({ title: 'Milk', description: 'x', completed: true }),
      createdAtMs: CREATED_MS,
      updatedAtMs: Date.parse('2026-01-05T10:30:00Z'),
      position: null,
    });
  });

  it('gets an id of its time if it has none', () => {
    const { id, ...task } = importedTask({ title: 'Milk', created_at: CREATED }, USER, FROM);
    expect(id.slice(0, 15)).toBe(ID.slice(0, 15));
    expect(task).toEqual({
      fields: expect.objectContaining({ title: 'Milk', description: null, completed: false }),
      createdAtMs: CREATED_MS,
      updatedAtMs: CREATED_MS,
      position: null,
    });
  });

  it('keeps the position that a move gave it, and no other', () => {
    const positionOf = (position: string) =>
      importedTask({ title: 'Milk', id: ID, created_at: CREATED, position }, USER, FROM).position;

    expect(positionOf('fV00000000000001')).toBe('fV00000000000001');
    expect(positionOf('fe5dfd68b1c283c1609fc5a2e0f4d3b2')).toBeNull();
    expect(positionOf('V')).toBeNull();
  });

  it('is not a subtask of itself', () => {
    const task = { title: 'Milk', id: ID, created_at: CREATED, parent_id: ID.toUpperCase() };
    expect(() => importedTask(task, USER, FROM)).toThrow(
      expect.objectContaining({
        faults: [{ pointer: '/parent_id', detail: 'must not be the task itself' }],
      }),
    );
  });

  it('is as old as its file where it has neither', () => {
    const { createdAtMs, updatedAtMs } = importedTask({ title: 'Milk' }, USER, FROM);
    expect([createdAtMs, updatedAtMs]).toEqual([FROM.atMs, FROM.atMs]);
  });

  it('always gets the same id in the same place, and ids in the order of the places', () => {
    const idAt = (from: Partial<typeof FROM>): string =>
      importedTask({ title: 'Milk' }, USER, { ...FROM, ...from }).id;
    expect(idAt({})).toBe(idAt({}));
    expect(idAt({ random: new Uint8Array(16).fill(2) })).not.toBe(idAt({}));
    const places = [0, 1, 4_095, 4_096, 100_000, 2_000_000];
    const ids = places.map((seq) => idAt({ seq, random: new Uint8Array(16).fill(256 - seq) }));
    expect(ids.toSorted()).toEqual(ids);
  });

  it.each([
    [[], '', 'must be a JSON object'],
    [{}, '/title', 'is missing'],
    [{ title: ' ' }, '/title', 'must not be blank'],
    [{ title: 'a', completed: 'yes' }, '/completed', 'must be true or false'],
    [{ title: 'a', colour: 1 }, '/colour', 'is not known here'],
    [
      { title: 'a', completed_at: CREATED },
      '/completed_at',
      'must be null, or absent, of an open task',
    ],
    [
      { title: 'a', completed: true, completed_at: '2999-01-01T00:00:00Z' },
      '/completed_at',
      'must not be in the future',
    ],
    [{ title: 'a', user_id: ID }, '/user_id', 'must be that of the user, or absent'],
    [{ title: 'a', id: '1' }, '/id', 'must be a UUID'],
    [{ title: 'a', id: USER }, '/id', 'must be a UUIDv7, or absent'],
    [
      { title: 'a', id: ID, created_at: '2026-01-05T10:00:00.124Z' },
      '/created_at',
      'must be the time of the id, or absent',
    ],
    [{ title: 'a', created_at: '1969-12-31T23:59:59Z' }, '/created_at', 'must not be before 1970'],
    [
      { title: 'a', created_at: '2999-01-01T00:00:00Z' },
      '/created_at',
      'must not be in the future',
    ],
    [
      { title: 'a', created_at: CREATED, updated_at: '2999-01-01T00:00:00Z' },
      '/updated_at',
      'must not be in the future',
    ],
    [
      { title: 'a', created_at: CREATED, updated_at: '2026-01-05T10:00:00Z' },
      '/updated_at',
      'must not be earlier than created_at',
    ],
  ])('%j is refused for its %s', (value, pointer, detail) => {
    expect(faultsOf(value)).toEqual([{ pointer, detail }]);
  });

  it('gets every fault at once', () => {
    expect(faultsOf({ title: '', description: 7 })).toHaveLength(2);
    expect(faultsOf({ title: 'a', id: USER, user_id: 'y' })).toHaveLength(2);
  });
});
