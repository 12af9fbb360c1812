const MB = 2 ** 20;

/**
 * The memory settings of PostgreSQL on a machine that it shares with Node, whose heap takes up to
 * half of it. The default of `effective_cache_size` is that of a machine of 8 GB.
 * @param machineBytes what the machine has
 */
export function memoryParameters(machineBytes: number): Readonly<Record<string, string>> {
  const share = (part: number, least: number, most: number): string =>
    `${Math.round(Math.min(Math.max((machineBytes * part) / MB, least), most))}MB`;
  return {
    shared_buffers: share(1 / 16, 16, 512),
    effective_cache_size: share(1 / 2, 64, 4_096),
    maintenance_work_mem: share(1 / 32, 8, 64),
  };
}

/**
 * How much write-ahead log may lie between two checkpoints. After a checkpoint each page is logged as a
 * whole when it first changes, so a few of them a day cost less than many. At 2 GB a slow disk recovers
 * within two minutes; a small one has to hold the tasks, too.
 * @param freeBytes of the file system that holds the cluster
 */
export function walParameters(freeBytes: number): Readonly<Record<string, string>> {
  const megabytes = Math.round(Math.min(Math.max(freeBytes / 8 / MB, 128), 2_048));
  return { max_wal_size: `${megabytes}MB`, checkpoint_timeout: '30min' };
}
