import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { clientNetwork } from '../../../src/rate-limit/client-network';

const networkOf = (ip: string | undefined) => clientNetwork({ ip } as Request);

describe('the network that a client is counted under', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1::', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['::3:4:5:6:7:8', '0:0:3:4::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('is the same for every address of one IPv6 client', () => {
    const addresses = ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'];
    expect(new Set(addresses.map(networkOf)).size).toBe(1);
  });

  it.each([undefined, '', 'unknown', '_hidden', '192.0.2.7:4711', 'x'.repeat(10_000)])(
    'is one for all that is no address: %j',
    (text) => {
      expect(networkOf(text)).toBe('unknown');
    },
  );
});
