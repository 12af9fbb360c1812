import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startText } from '../../../src/cli/transfer/formats/sources/encoding';
import {
  detectFormat,
  readerOf,
  type SourceFormat,
} from '../../../src/cli/transfer/formats/sources/source-formats';
import type { ColumnMap, SourceRow } from '../../../src/cli/transfer/formats/sources/source-row';

/** A file that another program wrote, and what is known of it. */
export interface Sample {
  readonly file: string;
  readonly from: SourceFormat;
}

export const SAMPLES: readonly Sample[] = [
  { file: 'excel.csv', from: 'csv' },
  { file: 'todoist.csv', from: 'todoist' },
  { file: 'google-tasks.json', from: 'google-tasks' },
  { file: 'microsoft-todo.json', from: 'microsoft-todo' },
  { file: 'tasks.ics', from: 'ics' },
  { file: 'todo.txt', from: 'todo.txt' },
  { file: 'vikunja.json', from: 'vikunja' },
  { file: 'ticktick.csv', from: 'ticktick' },
];

export function samplePath(file: string): string {
  return join(__dirname, file);
}

export function sampleBytes(file: string): Buffer {
  return readFileSync(samplePath(file));
}

export interface ReadOptions {
  readonly from?: SourceFormat;
  readonly name?: string;
  readonly columns?: ColumnMap;
}

/** The rows of a file that comes in pieces, each of a few bytes. */
export async function readSource(
  content: string | Buffer,
  { from, name = 'tasks', columns = new Map() }: ReadOptions = {},
): Promise<readonly SourceRow[]> {
  const bytes = Buffer.from(content);
  const start = startText(bytes.subarray(0, 64 * 1024));
  const format = from ?? detectFormat(start, name, columns);
  const rows: SourceRow[] = [];
  for await (const row of readerOf(format)({ bytes: inPieces(bytes), start, columns })) {
    rows.push(row);
  }
  return rows;
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += 7) {
    yield await Promise.resolve(bytes.subarray(from, from + 7));
  }
}

/** What each row says, without how it is rejected. */
export function contentOf(rows: readonly SourceRow[]): readonly object[] {
  return rows.map((row) => {
    if ('other' in row) return row;
    const { place } = row;
    return 'fault' in row ? { place, fault: row.fault } : { place, ...row.task.fields };
  });
}
