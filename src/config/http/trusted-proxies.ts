import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import { isIP } from 'node:net';

/**
 * Express's `trust proxy` (https://expressjs.com/en/guide/behind-proxies.html): the number of
 * proxies in front, or their addresses, networks and names of networks.
 */
export type TrustedProxies = number | readonly string[];

const HOPS = /^[1-9]\d?$/;
const NAMED_NETWORKS: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];
const WIDEST_PREFIX: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/**
 * Property decorator. Express's `true`, which trusts everybody, is refused: each client could
 * choose the address that it is counted by.
 */
export function TrustsProxies(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? parseTrustedProxies(value) : value,
    ),
    ValidateBy(
      {
        name: 'trustsProxies',
        validator: {
          validate: (value: unknown) =>
            typeof value === 'number' || (Array.isArray(value) && value.every(isNetwork)),
        },
      },
      {
        message:
          'must be a number of hops from 1 to 99, or addresses, networks, loopback, linklocal, uniquelocal, separated by commas',
      },
    ),
  );
}

function parseTrustedProxies(text: string): TrustedProxies {
  return HOPS.test(text) ? Number(text) : text.split(',').map((network) => network.trim());
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const widest = WIDEST_PREFIX[isIP(address)];
  if (widest === undefined) return NAMED_NETWORKS.includes(text);
  return (
    rest.length === 0 &&
    (prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= widest))
  );
}
