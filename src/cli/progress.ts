import { Presets, SingleBar } from 'cli-progress';
import { grouped } from './option-values';

/** Shows people the progress of a long command. */
export interface Progress {
  /** @param done of the total that was given at the start; never less than before */
  advance(done: number): void;
  stop(): void;
}

/** Share of the whole between two lines of {@link lines}. */
const LINE_EVERY = 0.1;

/** A bar on a terminal; elsewhere (a log, a pipe) a line every 10 %. */
export function startProgress(stream: NodeJS.WriteStream, total: number, unit: string): Progress {
  return stream.isTTY ? bar(stream, total, unit) : lines(stream, total, unit);
}

/** Measures from the first step on: what comes before says nothing about the speed. */
export async function withProgress<Result>(
  stream: NodeJS.WriteStream,
  total: number,
  unit: string,
  work: (advances: (done: number) => void) => Promise<Result>,
): Promise<Result> {
  let progress: Progress | undefined;
  try {
    return await work((done) => (progress ??= startProgress(stream, total, unit)).advance(done));
  } finally {
    progress?.stop();
  }
}

function bar(stream: NodeJS.WriteStream, total: number, unit: string): Progress {
  const elapsedSeconds = stopwatch();
  const drawn = new SingleBar(
    {
      stream,
      format: `{bar} {percentage} % | {value}/{total} ${unit} | {rate}/s | {eta_formatted} left`,
      formatValue: (value, _options, type) =>
        type === 'value' || type === 'total' ? grouped(value) : String(value),
      barsize: 30,
      etaBuffer: 50,
      // Ctrl-C must leave the terminal as it was.
      gracefulExit: true,
    },
    Presets.shades_classic,
  );
  drawn.start(total, 0, { rate: '0' });
  return {
    advance: (done) => drawn.update(done, { rate: grouped(rate(done, elapsedSeconds())) }),
    stop: () => drawn.stop(),
  };
}

function lines(stream: NodeJS.WriteStream, total: number, unit: string): Progress {
  const elapsedSeconds = stopwatch();
  let next = LINE_EVERY;
  return {
    advance: (done) => {
      const share = done / total;
      if (share < next) return;
      next = (Math.floor(share / LINE_EVERY) + 1) * LINE_EVERY;
      const seconds = elapsedSeconds();
      const left = Math.round(((total - done) * seconds) / done);
      stream.write(
        `${Math.floor(share * 100)} %: ${grouped(done)} of ${grouped(total)} ${unit}, ` +
          `${grouped(rate(done, seconds))}/s, ${left} s left\n`,
      );
    },
    stop: () => undefined,
  };
}

/** Per second, whole. */
export function rate(done: number, seconds: number): number {
  return Math.round(done / Math.max(seconds, 0.001));
}

/** @returns the seconds since the call */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1_000;
}
