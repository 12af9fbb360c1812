import { type Contestant, PRODUCT_CONNECTIONS } from './contestants/contestants';
import type { ServerContestant } from './contestants/server-contestant';
import type { RouteName } from './routes';
import { type Bench, ServerUnderTest } from './server-under-test';
import { geometricMean } from './statistics';

const SIZES = [2, 4, 6, PRODUCT_CONNECTIONS, 16, 24];
const ROUTES: readonly RouteName[] = ['get', 'list-20', 'patch'];
const WARM_UP_REQUESTS = 3_000;
const SECONDS = 2;

/**
 * Finds the pool size with which each contestant answers most: a pool of the wrong size would be an
 * easy win. The product is measured with its defaults.
 */
export async function bestPoolSizes(
  contestants: readonly Contestant[],
  bench: Bench,
  progress: (what: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const best = new Map<string, number>();
  for (const contestant of contestants) {
    if (contestant.kind !== 'server' || !contestant.hasPool) continue;
    let most = 0;
    for (const size of SIZES) {
      const rate = await rateWith(size, contestant, bench);
      progress(`pool of ${size} for ${contestant.name}: ${Math.round(rate)} requests per second`);
      if (rate <= most) continue;
      most = rate;
      best.set(contestant.name, size);
    }
  }
  return best;
}

/** The same number of connections for everybody. */
export function equalPoolSizes(
  contestants: readonly Contestant[],
  size: number,
): ReadonlyMap<string, number> {
  return new Map(contestants.map(({ name }) => [name, size]));
}

async function rateWith(size: number, contestant: ServerContestant, bench: Bench): Promise<number> {
  const server = await ServerUnderTest.start(contestant, bench, size);
  const rates: number[] = [];
  try {
    await server.meetUsers();
    for (const route of ROUTES) {
      await server.warmUp(route, -size, WARM_UP_REQUESTS);
      const { requests, seconds } = await server.saturate(route, size, SECONDS);
      rates.push(requests / seconds);
    }
  } finally {
    await server.stop();
  }
  return geometricMean(rates);
}
