/** C0 controls and DEL. */
const NOT_IN_LINE = String.raw`\x00-\x1f\x7f`;
/** Those and C1 controls. */
const NOT_IN_LATIN_TITLE = String.raw`\x00-\x1f\x7f-\x9f`;
/** Those, line and paragraph separators, and what changes the direction of all that follows. */
const NOT_IN_TITLE = String.raw`${NOT_IN_LATIN_TITLE}\u2028-\u202e`;
/** A text of several lines may hold tabs and line ends, and its own text direction. */
const NOT_IN_TEXT = String.raw`\x00-\x08\x0b\x0c\x0e-\x1f\x7f`;
/** What `trim` removes of the first 256 characters. */
const WHITE_SPACE = String.raw`\t-\r \xa0`;
/**
 * Accents and other marks on characters of any script: alone they appear on the wrong character, or
 * on none. Vowel signs of one script are not among them: alone they appear on a dotted circle.
 */
const DIACRITIC = /\p{Script=Inherited}|[\u0483-\u0489]|[\ufe2e\ufe2f]/gu;

/**
 * The rules on characters, for the OpenAPI document: exact up to U+00FF, beyond it they allow more
 * than the API. No shorthand such as `\s` and no `\u`: other languages mean other characters by the
 * former, and do not know the latter.
 */
export const LINE_PATTERN = `^[^${NOT_IN_LINE}]+$`;
export const TEXT_PATTERN = `^[^${NOT_IN_TEXT}]*$`;
const INK = String.raw`[^${NOT_IN_LATIN_TITLE}${WHITE_SPACE}\xad]`;
const IN_TITLE = `[^${NOT_IN_LATIN_TITLE}]`;
/** White space around a title may be of any kind, for it is removed. */
export const TITLE_PATTERN = `^[${WHITE_SPACE}]*${IN_TITLE}*${INK}${IN_TITLE}*[${WHITE_SPACE}]*$`;

export const TAG_PATTERN = `^${IN_TITLE}*${INK}${IN_TITLE}*$`;

const FORBIDDEN_IN_LINE = new RegExp(`[${NOT_IN_LINE}]`, 'u');
const FORBIDDEN_IN_TITLE = new RegExp(`[${NOT_IN_TITLE}]`, 'u');
const FORBIDDEN_IN_TEXT = new RegExp(`[${NOT_IN_TEXT}]`, 'u');
/** Not Default_Ignorable_Code_Point, annotation anchors, the blank of Braille, nor empty notes and fillers. */
const VISIBLE =
  /[^\u{16fe4}\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{13441}\u{13442}\u{1d159}]/u;
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

/**
 * Text of one line in a list with others: a title. It must be visible, and must not change the
 * direction of others.
 */
export function titleTextFault(value: string): string | undefined {
  const fault = characterFault(value, FORBIDDEN_IN_TITLE);
  if (fault !== undefined) return fault;
  if (!VISIBLE.test(value.replaceAll(DIACRITIC, '')))
    return 'must not be blank: no character of it can be seen';
  return closesIsolates(value) ? undefined : 'must close each isolate (U+2066 to U+2068) by U+2069';
}

/** Names the first faulty character, because its author may not see it. */
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
