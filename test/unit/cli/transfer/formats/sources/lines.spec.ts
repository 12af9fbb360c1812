import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Line, linesOf } from '../../../../../../src/cli/transfer/formats/sources/lines';
import { UnreadableFile } from '../../../../../../src/cli/transfer/formats/sources/source-row';

async function* inTurn(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
}

async function linesIn(longest: number, ...chunks: readonly Buffer[]): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for await (const line of linesOf(inTurn(chunks), longest)) lines.push(line);
  return lines;
}

describe('the lines of a stream', () => {
  it('end at a line feed and nowhere else, also where the last has none', async () => {
    expect(await linesIn(100, Buffer.from('a\u2028b\n\nc\rd'))).toEqual([
      { number: 1, text: 'a\u2028b' },
      { number: 2, text: '' },
      { number: 3, text: 'c\rd' },
    ]);
    expect(await linesIn(100, Buffer.from('a\n'))).toEqual([{ number: 1, text: 'a' }]);
    expect(await linesIn(100)).toEqual([]);
  });

  it('lose the byte order mark of the file, and no other', async () => {
    expect(await linesIn(100, Buffer.from('\ufeff\ufeffa\n\ufeffb'))).toEqual([
      { number: 1, text: '\ufeffa' },
      { number: 2, text: '\ufeffb' },
    ]);
  });

  it('are the same wherever the stream is cut', async () => {
    const text = Buffer.from('ä\n🎂🎂\n\nlong enough\nend');
    const expected = await linesIn(12, text);
    const cuts = fc.array(fc.nat(text.length), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const edges = [0, ...at.sort((a, b) => a - b), text.length];
        const pieces = edges.slice(1).map((end, n) => text.subarray(edges[n], end));
        expect(await linesIn(12, ...pieces)).toEqual(expected);
      }),
    );
  });

  it.each([
    ['12345\n', 'line 2 is longer than 4 bytes'],
    ['12345', 'line 2 is longer than 4 bytes'],
    [Buffer.from([0xff, 0x0a]), 'line 2 is not UTF-8: save the file as UTF-8'],
  ])('that are too long or no UTF-8 end the reading: %j', async (line, fault) => {
    const pieces = [Buffer.from('ok\n'), Buffer.from(line), Buffer.from('\nok')];
    await expect(linesIn(4, ...pieces)).rejects.toThrow(fault);
    await expect(linesIn(4, ...pieces)).rejects.toBeInstanceOf(UnreadableFile);
  });
});
