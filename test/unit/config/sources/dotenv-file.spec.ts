import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv as parseAsNode } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DotenvVariable, readDotenvFile } from '../../../../src/config/sources/dotenv-file';

const BOM = '\ufeff';

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

function read(content: string | Buffer): Record<string, string> {
  const { variables, mistakes } = readDotenvFile(Buffer.from(content));
  expect(mistakes).toEqual([]);
  return valuesOf(variables);
}

function valuesOf(variables: readonly DotenvVariable[]): Record<string, string> {
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}

function mistakesIn(content: string | Buffer): readonly string[] {
  return readDotenvFile(Buffer.from(content)).mistakes;
}

/** Before Node 26, spaces before a name and behind a value belong to it, and so do empty lines. */
const isNode26 = Number.parseInt(process.versions.node) >= 26;

describe('a .env file', () => {
  it.each([
    ['A=1', { A: '1' }],
    [' export  A = b c \t\nB=2', { A: 'b c', B: '2' }],
    ['A="b c"\nB=\'d "e"\'\nC=`f\'g`', { A: 'b c', B: 'd "e"', C: "f'g" }],
    [String.raw`A="b\nc"` + '\n' + String.raw`B='b\nc'`, { A: 'b\nc', B: String.raw`b\nc` }],
    ['A="# b" # c\nB=d # e\nC= # f\n# g\n  # h', { A: '# b', B: 'd', C: '' }],
    ['A=\nB=""\n\n \t\nC=x', { A: '', B: '', C: 'x' }],
    ['URL=postgresql://u:p%23@h/d?a=b&c=d', { URL: 'postgresql://u:p%23@h/d?a=b&c=d' }],
    ["KEY='-----BEGIN\nAAAA==\n-----END'\nA=1", { KEY: '-----BEGIN\nAAAA==\n-----END', A: '1' }],
    ["A=it's", { A: "it's" }],
    ['', {}],
  ])('is read as Node reads it: %j', (content, expected) => {
    expect(read(content)).toEqual(expected);
    if (isNode26) expect(read(content)).toEqual(parseAsNode(content));
  });

  (isNode26 ? it : it.skip)('is read as Node reads it whatever a value is, or refused', () => {
    const character = fc.constantFrom('a', '1', '#', ' ', '"', "'", '`', '=', '\\', 'n', '\t');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 8 }), (value) => {
        const content = `A=${value}`;
        const { variables, mistakes } = readDotenvFile(Buffer.from(content));
        fc.pre(mistakes.length === 0);
        expect(valuesOf(variables)).toEqual(parseAsNode(content));
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps the line after an empty value, which Node takes as the value', () => {
    expect(read('A= \nB=2')).toEqual({ A: '', B: '2' });
  });

  it.each([
    ['UTF-8', Buffer.from('A=ü\nB=2')],
    ['UTF-8 with a byte-order mark', Buffer.from(`${BOM}A=ü\nB=2`)],
    ['UTF-8 with line ends of Windows', Buffer.from(`${BOM}A=ü\r\nB=2\r\n`)],
    ['UTF-8 with line ends of old Macs', Buffer.from('A=ü\rB=2\r')],
    ['UTF-16 of Windows', Buffer.from(`${BOM}A=ü\r\nB=2\r\n`, 'utf16le')],
    ['UTF-16, the high byte first', utf16be(`${BOM}A=ü\r\nB=2\r\n`)],
  ])('may be in %s', (_, content) => {
    expect(read(content)).toEqual({ A: 'ü', B: '2' });
  });

  it.each([
    ['ISO 8859-1', Buffer.from('# ok\nA=ü\n', 'latin1'), 2],
    ['UTF-16 without a byte-order mark', Buffer.from('A=1\nB=2', 'utf16le'), 1],
    ['UTF-16 that breaks off', Buffer.from(`${BOM}A=1\n`, 'utf16le').subarray(0, -1), 1],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0, 0x3d, 0, 0, 0]), 1],
    ['a binary form', Buffer.from('A=1\nB=\0'), 2],
  ])('is refused in %s, by its line', (_, content, line) => {
    expect(mistakesIn(content)).toEqual([
      expect.stringMatching(new RegExp(`^line ${line}: .*save the file as UTF-8$`)),
    ]);
  });

  it.each([
    ['a line without =', 'A=1\nhunter2', 'line 2: is not NAME=value'],
    ['a colon for =', 'A: hunter2', 'line 1: is not NAME=value'],
    ['a name with a blank', 'A B=hunter2', 'line 1: is not NAME=value'],
    ['a name that begins with a digit', '1A=hunter2', 'line 1: is not NAME=value'],
    ['a value without a name', '=hunter2', 'line 1: is not NAME=value'],
    ['a mark in the middle', `A=1\n${BOM}B=2`, 'line 2: is not NAME=value'],
    ['a no-break space', '\u00a0A=1', 'line 1: is not NAME=value'],
    ['a # that cuts the value', 'A=hunter2#tail', 'line 1: the value of A has a # outside quotes'],
    ['a value that begins with #', 'A=#hunter2', 'line 1: the value of A has a # outside quotes'],
    ['quotes around a part', 'A=x "hunter # 2"', 'line 1: the value of A has a # outside quotes'],
    ['quotes that do not close', 'A=1\nB="hunter2', 'line 2: the value of B lacks its closing "'],
    [
      'quotes that swallow a line',
      "A='x\nB='hunter2'",
      "line 1: the value of A lacks its closing '",
    ],
    ['text after the quotes', 'A="hunter"2', 'line 1: has text after the closing " of A'],
    ['curly quotes', 'A=“hunter2”', 'line 1: the value of A begins or ends with a curly quote'],
    ['a no-break space', 'A=\u00a0hunter2', 'line 1: the value of A begins or ends with a curly'],
    ['a mark at the end', 'A=hunter2\u200b', 'line 1: the value of A begins or ends with a curly'],
    ['a reference', 'A=hunter-${B}', 'line 1: the value of A has a reference'],
    ['a reference in quotes', 'A="$(cat hunter)"', 'line 1: the value of A has a reference'],
    ['an escaped quote', String.raw`A="hunter\"2"`, 'line 1: has text after the closing " of A'],
    [
      'a name that is set twice',
      'A=1\n\nA=hunter2',
      'line 3: sets A, which line 1 has set already',
    ],
  ])('is refused for %s, without its text', (_, content, mistake) => {
    const [first = '', ...others] = mistakesIn(content);

    expect(first).toContain(mistake);
    expect(first).not.toMatch(/hunter|tail/);
    expect(others).toEqual([]);
  });

  it.each([
    ["A='${B}'", '${B}'],
    ['A=pa$$w0rd$B', 'pa$$w0rd$B'],
    ["A='“x”'", '“x”'],
    ['A=“x” y', undefined],
    ['A=ein „Wort“ mehr', 'ein „Wort“ mehr'],
  ])('takes as it is what can be meant so: %s', (content, value) => {
    const { variables, mistakes } = readDotenvFile(Buffer.from(content));
    expect(variables[0]?.value).toBe(value ?? '“x” y');
    expect(mistakes).toHaveLength(value === undefined ? 1 : 0);
  });

  it('names every mistake at once', () => {
    const content = 'A\nB=1\nC=x#y\nD="z"z\nB=2';
    expect(mistakesIn(content).map((line) => line.split(':')[0])).toEqual([
      'line 1',
      'line 3',
      'line 4',
      'line 5',
    ]);
  });

  it.each([
    ['A=x#y', 'x#y'],
    ['A="x', 'x'],
    ['A="x"y', 'x'],
    ['A=y\nA=x', 'x'],
  ])('gives what a wrong line probably means, for the checks that follow: %j', (content, value) => {
    const { variables } = readDotenvFile(Buffer.from(content));
    expect(variables).toEqual([expect.objectContaining({ name: 'A', value, isWrong: true })]);
  });

  it('may be the one of this repository', () => {
    const example = readFileSync(join(__dirname, '../../../../.env.example'));
    expect(read(example)).toEqual(parseAsNode(example.toString()));
  });
});
