import { isUtf8 } from 'node:buffer';

/** Why the bytes of a file are not text, and the first line that shows it. */
export interface NoText {
  readonly line: number;
  readonly why: string;
}

/**
 * Decodes UTF-8, with or without a byte-order mark, and UTF-16 with one, as PowerShell writes it. The
 * mark is removed.
 */
export function decodeText(content: Buffer): string | NoText {
  const encoding = utf16Of(content) ?? 'utf-8';
  if (encoding === 'utf-8' && !isUtf8(content)) {
    const lines = content.toString('latin1').split('\n');
    const line = 1 + lines.findIndex((bytes) => !isUtf8(Buffer.from(bytes, 'latin1')));
    return { line, why: 'is not UTF-8; save the file as UTF-8' };
  }
  const text = new TextDecoder(encoding).decode(content);
  const line = 1 + text.split('\n').findIndex((one) => /[\0\ufffd]/.test(one));
  return line > 0
    ? { line, why: 'has characters that are not text; save the file as UTF-8' }
    : text;
}

function utf16Of([first, second]: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}
