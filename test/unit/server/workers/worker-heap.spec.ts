import { expect, it } from '@jest/globals';
import { workerHeapOptions } from '../../../../src/server/workers/worker-process';

const MB = 2 ** 20;
const GB = 2 ** 30;

it('The heaps of workers together take half of the machine', () => {
  expect(workerHeapOptions(4, 512 * MB, GB)).toEqual(['--max-old-space-size=128']);
});

it('Where each worker can have what Node takes by itself, nothing is set', () => {
  expect(workerHeapOptions(4, 4 * GB, 64 * GB)).toEqual([]);
});
