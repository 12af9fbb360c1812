import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { rate, startProgress } from '../../../src/cli/progress';

/** Collects what is written to a terminal, or to something else. */
function stream(isTTY: boolean): NodeJS.WriteStream {
  return Object.assign(new PassThrough(), { isTTY, columns: 120 }) as unknown as NodeJS.WriteStream;
}

/** All of it: one read gives all chunks on some versions of Node, and one on others. */
function written(to: NodeJS.WriteStream): string {
  const chunks: unknown[] = [];
  for (let chunk: unknown = to.read(); chunk !== null; chunk = to.read()) chunks.push(chunk);
  return chunks.join('');
}

describe('progress in a log', () => {
  it('is a line every ten percent, however often it advances', () => {
    const log = stream(false);
    const progress = startProgress(log, 2_000, 'rows');
    for (let done = 10; done <= 2_000; done += 10) progress.advance(done);
    progress.stop();

    const lines = written(log).trimEnd().split('\n');
    expect(lines.map((line) => Number.parseInt(line, 10))).toEqual([
      10, 20, 30, 40, 50, 60, 70, 80, 90, 100,
    ]);
    expect(lines[0]).toMatch(/^10 %: 200 of 2,000 rows, [\d,]+\/s, \d+ s left$/);
    expect(lines[9]).toMatch(/^100 %: 2,000 of 2,000 rows, [\d,]+\/s, 0 s left$/);
  });

  it('skips the lines that a large step passes', () => {
    const log = stream(false);
    const progress = startProgress(log, 100, 'rows');
    progress.advance(45);
    progress.advance(49);
    progress.advance(50);
    progress.stop();
    expect(written(log).match(/^\d+ %/gm)).toEqual(['45 %', '50 %']);
  });

  it('has no control characters', () => {
    const log = stream(false);
    const progress = startProgress(log, 10, 'rows');
    progress.advance(10);
    progress.stop();
    expect(written(log)).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

describe('progress on a terminal', () => {
  it('is a bar with the rate and the time left, and leaves the terminal as it was', () => {
    const terminal = stream(true);
    const progress = startProgress(terminal, 20_000, 'rows');
    progress.advance(10_000);
    progress.advance(20_000);
    progress.stop();
    const text = written(terminal);
    expect(text).toMatch(/100 % \| 20,000\/20,000 rows \| [\d,]+\/s \| 0s left/);
    expect(text.lastIndexOf('\u001b[?7h')).toBeGreaterThan(text.lastIndexOf('\u001b[?7l'));
    expect(text.endsWith('\n')).toBe(true);
  });
});

describe('the rate', () => {
  it('is whole, also when no time has passed', () => {
    expect(rate(1_000, 0.3)).toBe(3_333);
    expect(rate(5, 0)).toBe(5_000);
  });
});
