import { describe, expect, it } from '@jest/globals';
import { RateLimits } from '../../../src/rate-limit/rate-limits';
import { testEnv } from '../../support/app/test-env';

const policies = (RATE_LIMIT: string, WORKERS: string) => {
  const { user, address } = new RateLimits(testEnv({ RATE_LIMIT, WORKERS }));
  return [user?.policy, address?.policy];
};

describe('the limits of a process', () => {
  it.each([
    ['600', '1', 600],
    ['600', '4', 150],
    ['100', '3', 33],
    ['2', '4', 1],
  ])('are its share: of %s for %s workers %d', (limit, workers, share) => {
    expect(policies(limit, workers)).toEqual([
      `"user";q=${share};w=60`,
      `"address";q=${share};w=60`,
    ]);
  });

  it('are none where there is none to share', () => {
    expect(policies('0', '2')).toEqual([undefined, undefined]);
  });
});
