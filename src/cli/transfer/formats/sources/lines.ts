import { NOT_UTF8 } from './encoding';
import { UnreadableFile } from './source-row';

/** A line of a file. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end. */
  readonly text: string;
}

const NEW_LINE = 0x0a;

/**
 * The lines of a stream, one at a time. Node's readline would also end a line at U+2028, which JSON
 * allows within a text, and would neither bound a line nor refuse what is not UTF-8.
 * @throws UnreadableFile
 */
export async function* linesOf(
  bytes: AsyncIterable<Buffer>,
  longestBytes: number,
): AsyncGenerator<Line> {
  // One at the beginning of a file is its byte order mark; any other belongs to a text.
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 1;
  let rest: Buffer = Buffer.alloc(0);
  let tooLong = false;
  const line = (end: Buffer): Line => {
    const whole = rest.length === 0 ? end : Buffer.concat([rest, end]);
    if (tooLong || whole.length > longestBytes) {
      throw new UnreadableFile(`is longer than ${longestBytes} bytes`, `line ${number}`);
    }
    try {
      const text = utf8.decode(whole);
      return { number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text };
    } catch {
      throw new UnreadableFile(NOT_UTF8, `line ${number}`);
    }
  };
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, from)) {
      yield line(chunk.subarray(from, end));
      number += 1;
      rest = Buffer.alloc(0);
      tooLong = false;
      from = end + 1;
    }
    tooLong ||= rest.length + chunk.length - from > longestBytes;
    rest = tooLong ? Buffer.alloc(0) : Buffer.concat([rest, chunk.subarray(from)]);
  }
  if (rest.length > 0 || tooLong) yield line(Buffer.alloc(0));
}
