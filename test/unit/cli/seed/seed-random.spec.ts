import { describe, expect, it } from '@jest/globals';
import { SeedRandom } from '../../../../src/cli/seed/seed-random';

const draw = (random: SeedRandom, count: number) =>
  Array.from({ length: count }, () => random.uint32());

describe('numbers that look random', () => {
  it('are the same for the same pair', () => {
    expect(draw(new SeedRandom(3, 4), 100)).toEqual(draw(new SeedRandom(3, 4), 100));
  });

  it('are others for another pair', () => {
    const starts = new Set<string>();
    for (let first = 0; first < 100; first += 1) {
      for (let second = 0; second < 100; second += 1) {
        starts.add(draw(new SeedRandom(first, second), 2).join());
      }
    }
    expect(starts.size).toBe(10_000);
  });

  it('fill their range evenly', () => {
    const random = new SeedRandom(1, 2);
    const counts = new Array<number>(16).fill(0);
    for (let n = 0; n < 16_000; n += 1) {
      const sixteenth = Math.floor(random.fraction() * 16);
      counts[sixteenth] = (counts[sixteenth] ?? 0) + 1;
    }
    // Seven standard deviations; the numbers are fixed, so this passes always or never.
    expect(counts).toHaveLength(16);
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(220);
  });

  it('pick every item, and make bytes', () => {
    const random = new SeedRandom(5, 6);
    const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])));
    expect([...picked].sort()).toEqual(['a', 'b', 'c']);
    expect(random.bytes(16)).toHaveLength(16);
    expect(random.bytes(16)).not.toEqual(random.bytes(16));
  });
});
