import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DatabaseEndpoint } from '../../../src/database/session/connection-settings';
import { createDatabase, endpointOf, publishedCluster } from '../database/test-cluster';

/** The product that serves one Jest worker. */
export interface SharedProduct {
  readonly url: string;
  readonly endpoint: DatabaseEndpoint;
}

const variableOf = (worker: number | string): string => `TEST_PRODUCT_${worker}`;

/**
 * Starts one product for each Jest worker. A worker that Jest replaces has the same number, and goes
 * on with the same product.
 */
export async function startProducts(workers: number): Promise<readonly ChildProcess[]> {
  const numbers = Array.from({ length: workers }, (_, index) => index + 1);
  return Promise.all(numbers.map((number) => startProduct(number)));
}

async function startProduct(worker: number): Promise<ChildProcess> {
  const endpoint = endpointOf(publishedCluster(), await createDatabase(`shared_${worker}`));
  const product = fork(join(__dirname, 'shared-product.ts'), {
    execArgv: ['--require', join(__dirname, '..', 'typescript-hook.cjs')],
  });
  product.send(endpoint);
  const [message] = (await Promise.race([
    once(product, 'message'),
    once(product, 'exit').then(() => Promise.reject(new Error('The shared product did not start'))),
  ])) as [{ url: string }];
  process.env[variableOf(worker)] = JSON.stringify({ url: message.url, endpoint });
  return product;
}

export async function stopProducts(products: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    products.map(async (product) => {
      if (product.exitCode !== null) return;
      product.disconnect();
      await once(product, 'exit');
    }),
  );
}

/** The product of the Jest worker that this process is. */
export function publishedProduct(): SharedProduct {
  const { JEST_WORKER_ID: worker = '1' } = process.env;
  const text = process.env[variableOf(worker)];
  if (text === undefined) throw new Error('No shared product runs: is this an e2e test?');
  return JSON.parse(text) as SharedProduct;
}
