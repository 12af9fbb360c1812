const MB = 2 ** 20;

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
