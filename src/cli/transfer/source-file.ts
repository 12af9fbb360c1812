import { type FileHandle, open, stat } from 'node:fs/promises';
import { cannotRead } from '../command-error';

/** Enough to see the head line of any format. */
const START_BYTES = 64 * 1024;

export interface OpenedSource {
  readonly source: FileHandle;
  readonly bytes: number;
  /** When it was written, in milliseconds since 1970. */
  readonly writtenAtMs: number;
}

/** @throws CommandError before anything is touched where there is no such file */
export async function openSource(file: string): Promise<OpenedSource> {
  // Not even opening a pipe can be interrupted.
  const stats = await stat(file).catch(refuseFile);
  if (!stats.isFile()) throw cannotRead(`${file} is no regular file`);
  const source = await open(file).catch(refuseFile);
  return { source, bytes: stats.size, writtenAtMs: Math.floor(stats.mtimeMs) };
}

/** The beginning of the file, which is read again with the rest. */
export async function startOf(source: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(START_BYTES);
  const { bytesRead } = await source.read(buffer, 0, START_BYTES, 0).catch(refuseFile);
  return buffer.subarray(0, bytesRead);
}

export async function* contentOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    refuseFile(error);
  }
}

function refuseFile(error: unknown): never {
  throw cannotRead(error instanceof Error ? error.message : String(error));
}
