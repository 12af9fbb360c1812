import type { ChildProcess } from 'node:child_process';
import clusterSetup from '../database/global-setup';
import { startProducts } from './shared-products';

declare global {
  // Only `var` declares a property of globalThis, where Jest's teardown finds it.
  var startedProducts: readonly ChildProcess[] | undefined;
}

/** The database of the tests, and a product for each Jest worker. */
export default async function productsSetup({ maxWorkers }: { maxWorkers: number }): Promise<void> {
  await clusterSetup();
  globalThis.startedProducts = await startProducts(maxWorkers);
}
