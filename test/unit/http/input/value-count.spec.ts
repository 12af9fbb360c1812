import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasMoreValues } from '../../../../src/http/input/json-text';

const itemsOf = (value: unknown): readonly unknown[] | undefined =>
  typeof value === 'object' && value !== null ? Object.values(value) : undefined;
/** All values, and those that are empty lists or objects once more. */
const countOf = (value: unknown): number => {
  const items = itemsOf(value);
  if (items === undefined) return 1;
  return items.length === 0 ? 2 : items.reduce<number>((sum, item) => sum + countOf(item), 1);
};

describe('the values of a JSON text', () => {
  it.each([
    ['7', 1],
    ['[1,2]', 3],
    ['{"a":[1,{"b":2}]}', 5],
    ['{"a":",[{","b":"\\",[","c":"\\\\"}', 4],
    ['[]', 2],
    // What is not JSON is counted, too: it is refused afterwards.
    ['[[[', 4],
    ['"[[[', 1],
  ])('are counted at all depths: %s', (text, count) => {
    expect([hasMoreValues(text, count), hasMoreValues(text, count - 1)]).toEqual([false, true]);
  });

  it('are those that a program writes, in any form', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const count = countOf(value);
        expect([hasMoreValues(text, count), hasMoreValues(text, count - 1)]).toEqual([false, true]);
      }),
    );
  });
});
