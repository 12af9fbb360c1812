import { rm } from 'node:fs/promises';
import { dropTemplate } from './global-setup';

export default async function globalTeardown(): Promise<void> {
  const { embedded, directory } = globalThis.startedCluster ?? {};
  if (embedded === undefined) await dropTemplate();
  await embedded?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
}
