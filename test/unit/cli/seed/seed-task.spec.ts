import { describe, expect, it } from '@jest/globals';
import { seedTask, type SeedTask, yearBefore } from '../../../../src/cli/seed/seed-task';
import { recurrenceFault } from '../../../../src/tasks/dto/recurrence-rules';
import { firstIdOf, lastIdOf } from '../../../../src/tasks/task-id';
import { DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH } from '../../../../src/tasks/task.entity';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UNTIL = Date.UTC(2026, 10, 1);

const tasks: readonly SeedTask[] = Array.from({ length: 20_000 }, (_, index) =>
  seedTask(1 + (index % 20), 1 + Math.floor(index / 20), UNTIL),
);

function shareOf(condition: (task: SeedTask) => boolean): number {
  return tasks.filter(condition).length / tasks.length;
}

describe('an invented task', () => {
  it('is the same in every release', () => {
    expect([seedTask(1, 1, UNTIL), seedTask(2, 1, UNTIL)]).toMatchInlineSnapshot(`
      [
        {
          "completed": false,
          "completedAtMs": undefined,
          "createdAtMs": 1770598876694,
          "description": "https://example.com/wiki/how-to?step=3#details Check the opening hours first. Ask for an invoice. Done when the others have agreed.",
          "due": null,
          "id": "019c3fea-c616-75a2-a938-27150476bb96",
          "parent_id": null,
          "priority": 2,
          "recurrence": null,
          "recurrence_from": "due",
          "tags": [],
          "time_zone": null,
          "title": "Clean the garden shed this week",
        },
        {
          "completed": false,
          "completedAtMs": undefined,
          "createdAtMs": 1787179269095,
          "description": "Nothing is blocked by this, but it should not wait until the end of the month.",
          "due": "2026-08-23",
          "id": "01a01c2f-7be7-74c3-a5a4-90478804872b",
          "parent_id": null,
          "priority": 0,
          "recurrence": null,
          "recurrence_from": "due",
          "tags": [
            "someday",
            "Büro",
          ],
          "time_zone": null,
          "title": "Test the memory leak in the worker for the new office",
        },
      ]
    `);
  });

  it('depends on its own numbers and the date alone', () => {
    expect(seedTask(7, 9, UNTIL)).toEqual(seedTask(7, 9, UNTIL));
    expect(seedTask(7, 9, UNTIL)).not.toEqual(seedTask(9, 7, UNTIL));
    const dayLater = seedTask(7, 9, UNTIL + 86_400_000);
    expect(dayLater.createdAtMs - seedTask(7, 9, UNTIL).createdAtMs).toBe(86_400_000);
  });

  it('has a UUIDv7 of the millisecond in which it was created', () => {
    expect(tasks.filter(({ id }) => !UUID_V7.test(id))).toEqual([]);
    const ofAnotherTime = tasks.filter(
      ({ id, createdAtMs }) => id < firstIdOf(createdAtMs) || id > lastIdOf(createdAtMs),
    );
    expect(ofAnotherTime).toEqual([]);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
  });

  it('was created in the year before the date, in every month of it alike', () => {
    const first = yearBefore(UNTIL);
    expect(shareOf(({ createdAtMs }) => createdAtMs >= first && createdAtMs < UNTIL)).toBe(1);
    for (let month = 0; month < 12; month += 1) {
      const start = first + ((UNTIL - first) * month) / 12;
      const end = first + ((UNTIL - first) * (month + 1)) / 12;
      const share = shareOf(({ createdAtMs }) => createdAtMs >= start && createdAtMs < end);
      expect(share).toBeCloseTo(1 / 12, 2);
    }
  });

  it('obeys the rules of the API', () => {
    const isGoodTitle = (title: string) =>
      title === title.trim() && title !== '' && [...title].length <= TITLE_MAX_LENGTH;
    const isGoodDescription = (description: string | null) =>
      description !== '' && [...(description ?? '')].length <= DESCRIPTION_MAX_LENGTH;
    expect(shareOf(({ title }) => isGoodTitle(title))).toBe(1);
    expect(shareOf(({ description }) => isGoodDescription(description))).toBe(1);
  });

  it('is as varied as the tasks of people', () => {
    expect(new Set(tasks.map(({ title }) => title)).size).toBeGreaterThan(2_000);
    expect(shareOf(({ description }) => description === null)).toBeCloseTo(0.55, 1);
    expect(shareOf(({ completed }) => completed)).toBeCloseTo(0.52, 1);
    expect(shareOf(({ description }) => (description ?? '').includes('\n'))).toBeGreaterThan(0.01);
    expect(shareOf(({ title }) => /\p{Script=Han}|\p{Script=Hebrew}/u.test(title))).toBeGreaterThan(
      0.002,
    );
  });

  it('recurs now and then, where it is open and due, by a rule that fits any day', () => {
    const recurring = tasks.filter(({ recurrence }) => recurrence !== null);
    expect(recurring.length / tasks.length).toBeCloseTo(0.05, 1);
    expect(recurring.filter(({ completed, due }) => completed || due === null)).toEqual([]);
    const faults = recurring.map(({ recurrence, due }) => recurrenceFault(recurrence, { due }));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('is done more often the older it is', () => {
    const middle = (yearBefore(UNTIL) + UNTIL) / 2;
    const older = tasks.filter(({ createdAtMs }) => createdAtMs < middle);
    const newer = tasks.filter(({ createdAtMs }) => createdAtMs >= middle);
    const done = (some: readonly SeedTask[]) =>
      some.filter(({ completed }) => completed).length / some.length;
    expect(done(older)).toBeGreaterThan(done(newer) + 0.2);
  });
});
