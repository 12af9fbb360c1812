import { describe, expect, it } from '@jest/globals';
import { newTaskAt } from '../../../src/tasks/task-id';
import { isOwnPosition, POSITION_PATTERN, positionOf } from '../../../src/tasks/task-fields';

describe('the position of a task', () => {
  it('that was never moved sorts the newest first', () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => newTaskAt(1_700_000_000_000 + n * 977).id);
    const positions = ids.map((id) => positionOf(id, null));

    expect(positions.toSorted()).toEqual(positions.toReversed());
    expect(new Set(positions.map(({ length }) => length))).toEqual(new Set([32]));
    for (const position of positions) expect(position).toMatch(new RegExp(POSITION_PATTERN));
  });

  it('is that of the move where there was one', () => {
    expect(positionOf(newTaskAt(0).id, 'fV00000000000001')).toBe('fV00000000000001');
  });

  it.each<readonly [unknown, boolean]>([
    [positionOf(newTaskAt(0).id, null), true],
    [`${'z'.repeat(185)}V00000000000001`, true],
    [`${'z'.repeat(186)}V00000000000001`, false],
    ['00000000000000000001', false],
    ['V', false],
    ['fV00000000000001 ', false],
    [12.5, false],
    [null, false],
  ])('is told from that of another program: %j is ours: %s', (text, isOwn) => {
    expect(isOwnPosition(text)).toBe(isOwn);
  });
});
