import { describe, expect, it } from '@jest/globals';
import { startText, wholeText } from '../../../../../../src/cli/transfer/formats/sources/encoding';

describe('the beginning of a file', () => {
  it('is read without its byte order mark, also where it ends within a character', () => {
    expect(startText(Buffer.from('\ufefftitle'))).toBe('title');
    expect(startText(Buffer.from('title\nMüll').subarray(0, 8))).toMatch(/^title\nM/);
    expect(startText(Buffer.alloc(0))).toBe('');
  });

  it.each([
    ['UTF-16 of Excel', Buffer.from('\ufefftitle\r\n', 'utf16le'), /is UTF-16.*CSV UTF-8.*iconv/],
    ['UTF-16 without a mark', Buffer.from('title\r\nMilk', 'utf16le'), /is UTF-16/],
    ['UTF-16 of the other order', Buffer.from('feff00740069', 'hex'), /is UTF-16/],
    [
      'a ZIP archive',
      Buffer.from('PK\x03\x04\x14\x00'),
      /ZIP archive or an Excel workbook: unpack/,
    ],
    ['gzip', Buffer.from([0x1f, 0x8b, 8]), /gunzip FILE/],
    ['an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /old version: save the sheet/],
    ['lines of an old Mac', Buffer.from('title\rMilk\r'), /carriage returns alone.*tr '\\r' '\\n'/],
  ])('that is no text in UTF-8 is told with the remedy: %s', (_, start, told) => {
    expect(() => startText(start)).toThrow(told);
  });
});

describe('a whole file', () => {
  async function* pieces(...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  }

  it('is put together, characters that were cut included', async () => {
    const bytes = Buffer.from('\ufeffMüll');
    expect(await wholeText(pieces(bytes.subarray(0, 5), bytes.subarray(5)), '')).toBe('Müll');
  });

  it('names the line that is not UTF-8', async () => {
    const reading = wholeText(pieces(Buffer.from('[\n{}\n"\xfc"\n]', 'latin1')), '');
    await expect(reading).rejects.toThrow(/^line 3 is not UTF-8: .*iconv -f WINDOWS-1252/);
  });

  it('has a largest size', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    const reading = wholeText(pieces(...Array<Buffer>(65).fill(chunk)), 'make it smaller');
    await expect(reading).rejects.toThrow('the file is larger than 64 MiB: make it smaller');
  });
});
