const started = performance.now();

/** Reports progress to a waiting person, apart from the results. */
export function progress(what: string): void {
  const seconds = Math.round((performance.now() - started) / 1_000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  process.stderr.write(`[${clock}] ${what}\n`);
}
