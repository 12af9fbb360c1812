import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inTurns } from '../../../src/bulk/in-turns';

interface Item {
  readonly n: number;
  readonly names: readonly string[];
}

/** Runs items for as many turns of the event loop as `turns` says, and records what happens. */
async function record(items: readonly Item[], most: number, turns: readonly number[]) {
  const begun: number[] = [];
  const ended: number[] = [];
  let greatest = 0;
  const results = await inTurns(items, {
    most,
    namesOf: ({ names }) => names,
    run: async ({ n }) => {
      begun.push(n);
      greatest = Math.max(greatest, begun.length - ended.length);
      for (let turn = turns[n % turns.length] ?? 0; turn > 0; turn -= 1) {
        await new Promise(setImmediate);
      }
      ended.push(n);
      return n;
    },
  });
  return { begun, ended, greatest, results };
}

const NAMES = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 2 });

describe('items in turns', () => {
  it('run together, as many as may', async () => {
    const items = Array.from({ length: 9 }, (_, n) => ({ n, names: [String(n)] }));

    expect((await record(items, 4, [3])).greatest).toBe(4);
  });

  it('run one after the other where they share a name', async () => {
    const items = Array.from({ length: 9 }, (_, n) => ({ n, names: ['same'] }));
    const { begun, greatest } = await record(items, 4, [2, 0, 1]);

    expect({ begun, greatest }).toEqual({ begun: items.map(({ n }) => n), greatest: 1 });
  });

  it('leave no other waiting that shares no name with them', async () => {
    const items = [
      { n: 0, names: ['slow'] },
      { n: 1, names: ['slow'] },
      { n: 2, names: ['quick'] },
      { n: 3, names: [] },
    ];

    expect((await record(items, 4, [9, 0, 0, 0])).ended).toEqual([2, 3, 0, 1]);
  });

  it('are none where there are none', async () => {
    expect(await inTurns([], { most: 3, namesOf: () => [], run: () => Promise.resolve() })).toEqual(
      [],
    );
  });

  it('keep their order by name and in the results, in any mix and duration', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(NAMES, { maxLength: 20 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
        async (names, most, turns) => {
          const items = names.map((own, n) => ({ n, names: own }));
          const { begun, ended, greatest, results } = await record(items, most, turns);

          expect(results).toEqual(items.map(({ n }) => n));
          expect(greatest).toBeLessThanOrEqual(most);
          for (const one of items) {
            for (const other of items.slice(one.n + 1)) {
              const isShared = one.names.some((name) => other.names.includes(name));
              if (isShared) expect(ended.indexOf(one.n)).toBeLessThan(ended.indexOf(other.n));
              if (isShared) expect(begun.indexOf(one.n)).toBeLessThan(begun.indexOf(other.n));
            }
          }
        },
      ),
    );
  });
});
