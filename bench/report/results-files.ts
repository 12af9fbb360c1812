import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { progress } from '../progress';
import type { Results } from '../results';
import { summarise } from '../summary';
import { comparisonChart } from './comparison-chart';
import { growthChart } from './growth-chart';

/** Writes `out`.json and the chart beside it. */
export function writeResults(results: Results, out: string): void {
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(`${out}.json`, `${JSON.stringify(results)}\n`);
  progress(`wrote ${out}.json`);
  writeChart(results, out);
}

/** Writes `out`.svg. */
export function writeChart(results: Results, out: string): void {
  const chart =
    results.kind === 'growth' ? growthChart(results) : comparisonChart(results, summarise(results));
  writeFileSync(`${out}.svg`, chart);
  progress(`wrote ${out}.svg`);
}
