import { expect, it } from '@jest/globals';
import { limitsHeap } from '../../../../src/config/sources/process-environment';

it.each([
  ['--max-old-space-size=64', true],
  ['--enable-source-maps --max_old_space_size=64', true],
  ['--max-old-space-size-percentage=9', true],
  ['--enable-source-maps', false],
  [undefined, false],
])('NODE_OPTIONS %s limits the heap: %s', (NODE_OPTIONS, expected) => {
  expect(limitsHeap(NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS })).toBe(expected);
});
