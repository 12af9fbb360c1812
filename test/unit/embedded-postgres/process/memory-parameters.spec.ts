import { expect, it } from '@jest/globals';
import { memoryParameters } from '../../../../src/embedded-postgres/process/server-parameters';

const MB = 2 ** 20;

it.each([
  [128, '16MB', '64MB', '8MB'],
  [512, '32MB', '256MB', '16MB'],
  [2_048, '128MB', '1024MB', '64MB'],
  [8_192, '512MB', '4096MB', '64MB'],
  [65_536, '512MB', '4096MB', '64MB'],
])('On a machine of %d MB PostgreSQL gets its share', (megabytes, shared, cache, maintenance) => {
  expect(memoryParameters(megabytes * MB)).toEqual({
    shared_buffers: shared,
    effective_cache_size: cache,
    maintenance_work_mem: maintenance,
  });
});
