const MB = 2 ** 20;

/**
 * Options of Node for workers. Each would take up to half of the machine for its heap, as a single
 * process does; together they take that half.
 * @param heapLimit what Node would take, in bytes
 */
export function workerHeapOptions(
  workers: number,
  heapLimit: number,
  machineBytes: number,
): readonly string[] {
  const share = machineBytes / 2 / workers;
  return share < heapLimit ? [`--max-old-space-size=${Math.floor(share / MB)}`] : [];
}
