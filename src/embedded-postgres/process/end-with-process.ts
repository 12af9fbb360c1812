import {
  type PostgresServer,
  type ServerPlan,
  type ShutdownMode,
  signalServer,
} from './postgres-server';
import { blockUntil } from '../block-until';
import { isServerOf, readPostmasterFile } from '../cluster/postmaster-file';
import { releaseServerAddress } from './server-address';

/** An idle server ends in a tenth of that; one that takes longer completes its end alone. */
const WAIT_MS = 3_000;

/**
 * Ends a server when this process exits, at whatever point of its life: by a signal whose handler
 * calls `process.exit`, by a fault, or at the end of a command. SIGKILL alone leaves it running.
 * @param mode undefined: the server is not this process's to end
 * @returns what takes that back
 */
export function endWithProcess(
  { pid, address }: PostgresServer,
  plan: ServerPlan,
  mode: () => ShutdownMode | undefined,
): () => void {
  const end = () => {
    const how = mode();
    if (how === undefined) return;
    signalServer(pid, how, plan);
    waitForEnd(pid, plan.cluster);
    releaseServerAddress(address);
  };
  // Before the handler that removes its files.
  process.prependOnceListener('exit', end);
  return () => process.off('exit', end);
}

function waitForEnd(pid: number, cluster: string): void {
  // The file as well: on systems without /proc a child looks alive until this process has gone.
  blockUntil(() => !isServerOf(pid, cluster) || readPostmasterFile(cluster)?.pid !== pid, WAIT_MS);
}
