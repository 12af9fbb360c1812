import { expect, it } from '@jest/globals';
import { walParameters } from '../../../../src/embedded-postgres/process/server-parameters';

const MB = 2 ** 20;

it.each([
  [300, '128MB'],
  [2_048, '256MB'],
  [8_192, '1024MB'],
  [500_000, '2048MB'],
])('On a disk with %d MB free the write-ahead log gets its share', (megabytes, size) => {
  expect(walParameters(megabytes * MB)).toEqual({
    max_wal_size: size,
    checkpoint_timeout: '30min',
  });
});
