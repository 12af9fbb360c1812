import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { firstIdOf, lastIdOf, newTask, newTaskWithKey } from '../../../src/tasks/task-id';
import { stopClock } from '../../support/app/clock';
import { refusalOf } from '../../support/app/refusal';

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 24 * 60 * 60 * 1_000;
const keyAt = (ms: number): string => `${lastIdOf(ms).slice(0, 13)}-7fff-bfff-ffffffffffff`;

describe('a new task', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('has a UUIDv7 whose millisecond is its time', () => {
    stopClock(new Date(NOW));
    const { id, createdAtMs } = newTask();

    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id > firstIdOf(createdAtMs) && id < lastIdOf(createdAtMs)).toBe(true);
    expect(createdAtMs).toBe(NOW);
  });

  it('is later than the one before, also within a millisecond', () => {
    const ids = Array.from({ length: 5_000 }, () => newTask().id);

    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the task of an Idempotency-Key', () => {
  it.each([
    ['now', NOW],
    ['almost a day ago', NOW - DAY],
    ['five minutes ahead', NOW + 5 * 60_000],
  ])('has the key for its id, and its time: %s', (_, ms) => {
    const key = keyAt(ms);

    expect(newTaskWithKey(key.toUpperCase(), NOW)).toEqual({ id: key, createdAtMs: ms });
  });

  it.each([
    ['a day and a millisecond ago', keyAt(NOW - DAY - 1), 'is a UUIDv7 older than 24 hours'],
    [
      'more than five minutes ahead',
      keyAt(NOW + 5 * 60_000 + 1),
      'is a UUIDv7 of the future: its clock is more than 5 minutes fast',
    ],
  ])('is refused: %s', async (_, key, detail) => {
    const { code, faults } = await refusalOf(() => newTaskWithKey(key, NOW));

    expect(code).toBe('idempotency-key-invalid');
    expect(faults).toEqual([{ header: 'Idempotency-Key', detail }]);
  });

  it.each([
    ['version 4', keyAt(NOW).replace('-7', '-4')],
    ['the variant of Microsoft', keyAt(NOW).replace('-b', '-c')],
    ['something behind it', `${keyAt(NOW)}.`],
    ['two keys', `${keyAt(NOW)},${keyAt(NOW)}`],
  ])('is none for any other key: %s', (_, key) => {
    expect(newTaskWithKey(key, NOW)).toBeUndefined();
  });
});

describe('the ids of a millisecond', () => {
  it.each([0, 1, NOW, 2 ** 48 - 1])('%d lie between the first and the last', (ms) => {
    const id = keyAt(ms);

    expect(firstIdOf(ms) <= id && id <= lastIdOf(ms)).toBe(true);
    expect(firstIdOf(ms)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-0000-0000-000000000000$/);
    if (ms > 0) expect(lastIdOf(ms - 1) < firstIdOf(ms)).toBe(true);
  });
});
