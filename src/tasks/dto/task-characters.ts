/** C0 controls and DEL. */
const NOT_IN_LINE = String.raw`\u0000-\u001f\u007f`;
/** Those and C1 controls, line and paragraph separators, and what changes the direction of all that follows. */
const NOT_IN_TITLE = String.raw`\u0000-\u001f\u007f-\u009f\u2028-\u202e`;
/** A text of several lines may hold tabs and line ends, and its own text direction. */
const NOT_IN_TEXT = String.raw`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f`;
/** What `trim` removes (ECMA-262, WhiteSpace and LineTerminator). */
const WHITE_SPACE = String.raw`\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;
/** Accents and other marks that stand on a character of any script: alone they are on the wrong one, or on none. */
const DIACRITICS = [
  String.raw`\u0300-\u036f`,
  String.raw`\u0483-\u0489`,
  String.raw`\u1ab0-\u1aff`,
  String.raw`\u1dc0-\u1dff`,
  String.raw`\u20d0-\u20ff`,
  String.raw`\ufe20-\ufe2f`,
];
/** What shows nothing: Default_Ignorable_Code_Point, annotation anchors and the blank of Braille. */
const INVISIBLE = String.raw`\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffb`;

/**
 * The rules on characters, for the OpenAPI document. No shorthand such as `\s` or `\d`, and nothing
 * beyond U+FFFF: other languages write that otherwise, or mean other characters by it.
 */
export const LINE_PATTERN = `^[^${NOT_IN_LINE}]+$`;
export const TEXT_PATTERN = `^[^${NOT_IN_TEXT}]*$`;
const INK = `[^${NOT_IN_TITLE}${WHITE_SPACE}${INVISIBLE}${DIACRITICS.join('')}]`;
const IN_TITLE = `[^${NOT_IN_TITLE}]`;
/** White space around a title may be of any kind, for it is removed. Whether isolates are closed it does not say. */
export const TITLE_PATTERN = `^[${WHITE_SPACE}]*${IN_TITLE}*${INK}${IN_TITLE}*[${WHITE_SPACE}]*$`;

const FORBIDDEN_IN_LINE = new RegExp(`[${NOT_IN_LINE}]`, 'u');
const FORBIDDEN_IN_TITLE = new RegExp(`[${NOT_IN_TITLE}]`, 'u');
const FORBIDDEN_IN_TEXT = new RegExp(`[${NOT_IN_TEXT}]`, 'u');
/** As INVISIBLE, and beyond U+FFFF: empty notes, fillers and blanks of some scripts. */
const VISIBLE =
  /[^\u{16fe4}\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{13441}\u{13442}\u{1d159}]/u;
const DIACRITIC = new RegExp(DIACRITICS.map((block) => `[${block}]`).join('|'), 'gu');
const LINE_END = /[\n\v\f\r\u0085\u2028\u2029]/;
const DIRECTION = /[\u202a-\u202e]/;
const ISOLATES = /[\u2066-\u2069]/g;
const POP_ISOLATE = '\u2069';

/** Text of one line: what a search looks for. */
export function lineFault(value: string): string | undefined {
  return characterFault(value, FORBIDDEN_IN_LINE);
}

/** Text of any number of lines: a description. */
export function textFault(value: string): string | undefined {
  return characterFault(value, FORBIDDEN_IN_TEXT);
}

/** Text of one line that stands in lists among others: a title. It must show, and stay within itself. */
export function titleTextFault(value: string): string | undefined {
  const fault = characterFault(value, FORBIDDEN_IN_TITLE);
  if (fault !== undefined) return fault;
  if (!VISIBLE.test(value.replaceAll(DIACRITIC, '')))
    return 'must not be blank: no character of it can be seen';
  return closesIsolates(value) ? undefined : 'must close each isolate (U+2066 to U+2068) by U+2069';
}

/** Names the first character at fault, which nobody may see where it came from. */
function characterFault(value: string, forbidden: RegExp): string | undefined {
  const [surrogate] = /\p{Surrogate}/u.exec(value) ?? [];
  if (surrogate !== undefined) {
    return `must be well-formed Unicode, without the lone surrogate ${codePoint(surrogate)}`;
  }
  const [found] = forbidden.exec(value) ?? [];
  if (found === undefined) return undefined;
  const detail = `must not contain the character ${codePoint(found)}`;
  if (LINE_END.test(found)) return `${detail}: it is one line`;
  return DIRECTION.test(found) ? `${detail}; use isolates (U+2066 to U+2069) instead` : detail;
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hex.padStart(4, '0')}`;
}

/** Whether the direction of a part ends with it (Unicode Bidirectional Algorithm, BD9). */
function closesIsolates(value: string): boolean {
  let open = 0;
  for (const [character] of value.matchAll(ISOLATES)) {
    open += character === POP_ISOLATE ? -1 : 1;
    if (open < 0) return false;
  }
  return open === 0;
}
