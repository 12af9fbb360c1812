import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(__dirname, '..', '..', '..', 'artifacts', 'faults');

/** What clients saw of one fault. */
export interface FaultRow {
  /** Id and name in the catalogue, docs/faults.md. */
  readonly fault: string;
  readonly counts: Counts;
  /** From the end of the fault until every client was served again. */
  readonly recoveryMs: number | undefined;
  readonly longestWaitMs: number;
  readonly acknowledged: number;
  readonly lost: number;
}

/** Answers by class; `aborted` had none. */
export interface Counts {
  readonly '2xx': number;
  readonly '4xx': number;
  readonly '5xx': number;
  readonly aborted: number;
}

/** One file a row: test files are processes of their own. */
export function reportFault(row: FaultRow): void {
  mkdirSync(DIRECTORY, { recursive: true });
  const name = row.fault.replaceAll(/\W+/g, '-');
  writeFileSync(join(DIRECTORY, `${name}.json`), JSON.stringify(row));
}

export function forgetFaults(): void {
  rmSync(DIRECTORY, { recursive: true, force: true });
}

/** The rows of this run as a table, also in `artifacts/faults/table.md`. */
export function faultTable(): string {
  mkdirSync(DIRECTORY, { recursive: true });
  const rows = readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')) as FaultRow)
    .sort((a, b) => a.fault.localeCompare(b.fault, 'en', { numeric: true }));
  const table = [
    '| Fault | 2xx | 4xx | 5xx | Aborted | Recovery | Longest wait | Writes acknowledged | Lost |',
    '| --- | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...rows.map(lineOf),
    '',
  ].join('\n');
  writeFileSync(join(DIRECTORY, 'table.md'), table);
  return table;
}

function lineOf(row: FaultRow): string {
  const { '2xx': served, '4xx': refused, '5xx': failed, aborted } = row.counts;
  const recovery = row.recoveryMs === undefined ? 'none needed' : milliseconds(row.recoveryMs);
  const cells = [row.fault, served, refused, failed, aborted, recovery];
  return `| ${[...cells, milliseconds(row.longestWaitMs), row.acknowledged, row.lost].join(' | ')} |`;
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}
