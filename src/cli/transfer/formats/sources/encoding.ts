import { isUtf8 } from 'node:buffer';
import { UnreadableFile } from './source-row';

export const NOT_UTF8 =
  'is not UTF-8: save the file as UTF-8 (in Excel as "CSV UTF-8"), or convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW_FILE';

const NOT_UTF16 =
  'is UTF-16, which Excel calls "Unicode text": save it as UTF-8 (in Excel as "CSV UTF-8"), or convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW_FILE';

const CR_ONLY =
  "ends its lines with carriage returns alone, as old Macs did: convert it: tr '\\r' '\\n' < FILE > NEW_FILE";

/** Larger files are read as a stream where their format allows it. */
const LARGEST_WHOLE_BYTES = 64 * 1024 * 1024;

const NEW_LINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Binary formats that hold tasks, by their first bytes. */
const PACKED: readonly (readonly [signature: Buffer, advice: string])[] = [
  [
    Buffer.from('PK\x03\x04'),
    'is a ZIP archive or an Excel workbook: unpack it and import the file in it, or save the sheet as "CSV UTF-8"',
  ],
  [Buffer.from([0x1f, 0x8b]), 'is compressed by gzip: unpack it first: gunzip FILE'],
  [
    Buffer.from([0xd0, 0xcf, 0x11, 0xe0]),
    'is an Excel workbook of an old version: save the sheet as "CSV UTF-8"',
  ],
];

/**
 * The text that a file begins with.
 * @throws UnreadableFile if its beginning is not text in UTF-8
 */
export function startText(start: Buffer): string {
  for (const [signature, advice] of PACKED) {
    if (start.subarray(0, signature.length).equals(signature)) throw new UnreadableFile(advice);
  }
  const mark = start.length >= 2 ? start.readUInt16BE(0) : 0;
  if (mark === 0xfffe || mark === 0xfeff || isWide(start)) throw new UnreadableFile(NOT_UTF16);
  if (start.includes(CARRIAGE_RETURN) && !start.includes(NEW_LINE)) {
    throw new UnreadableFile(CR_ONLY);
  }
  return start.toString('utf8').replace(/^\uFEFF/, '');
}

/** Whether about every other byte is zero, as in Latin letters of UTF-16. */
function isWide(start: Buffer): boolean {
  const zeros = start.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
  return zeros > start.length / 4;
}

/**
 * For a format that can only be read as a whole.
 * @param advice what to do with a larger one
 * @throws UnreadableFile
 */
export async function wholeText(bytes: AsyncIterable<Buffer>, advice: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LARGEST_WHOLE_BYTES) throw new UnreadableFile(`is larger than 64 MiB: ${advice}`);
  }
  const whole = Buffer.concat(chunks);
  if (!isUtf8(whole)) throw new UnreadableFile(NOT_UTF8, `line ${lineOfFault(whole)}`);
  return whole.toString('utf8').replace(/^\uFEFF/, '');
}

function lineOfFault(whole: Buffer): number {
  let line = 1;
  let from = 0;
  for (let end = whole.indexOf(NEW_LINE); end >= 0; end = whole.indexOf(NEW_LINE, from)) {
    if (!isUtf8(whole.subarray(from, end))) return line;
    line += 1;
    from = end + 1;
  }
  return line;
}
