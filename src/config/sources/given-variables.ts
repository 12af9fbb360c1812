import { readFileSync } from 'node:fs';
import { editDistance } from './similar-name';
import { decodeText } from './text-file';

export type Source = Readonly<Record<string, string | undefined>>;

export interface GivenVariables {
  /** Without empty ones: Compose files and shells pass unset variables on as empty. */
  readonly values: Readonly<Record<string, string>>;
  readonly mistakes: readonly string[];
}

/** Quotation marks of word processors and web pages, which no program removes. */
const TYPOGRAPHIC_QUOTE =
  /^[\u2018-\u201f\u00ab\u00bb\u2039\u203a]|[\u2018-\u201f\u00ab\u00bb\u2039\u203a]$/;
const BLANKS_AT_ENDS = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;

/** Names of this length are specific enough: a similar one is unlikely to belong to another program. */
const OWN_NAME_LENGTH = 10;

/**
 * Reads the known variables of an environment.
 * @param secrets those that may be read from the file that `NAME_FILE` names
 */
export function givenVariables(
  source: Source,
  known: readonly string[],
  secrets: readonly string[],
): GivenVariables {
  const values: Record<string, string> = {};
  const mistakes = misspeltNames(source, known, secrets);
  for (const name of known) {
    const value = source[name] ?? '';
    const file = secrets.includes(name) ? (source[`${name}_FILE`] ?? '') : '';
    if (value !== '' && file !== '') {
      mistakes.push(`${name}_FILE: set either it or ${name}, not both`);
    }
    if (value !== '') {
      values[name] = tidied(name, value, mistakes);
    } else if (file !== '') {
      const content = contentOf(name, file, mistakes);
      if (content !== undefined) values[name] = tidied(name, content, mistakes);
    }
  }
  return { values, mistakes };
}

/** Removes quotes and spaces after reporting them, so that later checks see the intended value. */
function tidied(name: string, value: string, mistakes: string[]): string {
  const inQuotes = /^(["'`])(.*)\1$/s.exec(value)?.[2];
  if (inQuotes !== undefined) {
    mistakes.push(`${name}: must be without quotes; docker --env-file does not remove them`);
    return inQuotes;
  }
  const tidy = value.replaceAll(BLANKS_AT_ENDS, '');
  if (TYPOGRAPHIC_QUOTE.test(tidy)) {
    mistakes.push(
      `${name}: must be without typographic quotes; use " or ' in .env, and none elsewhere`,
    );
    return tidy.replaceAll(new RegExp(TYPOGRAPHIC_QUOTE, 'g'), '');
  }
  // Spaces may belong to a secret.
  if (name === 'AUTH_SECRET' || value === tidy) return value;
  mistakes.push(`${name}: must be without spaces or invisible characters at its ends`);
  return tidy;
}

function contentOf(name: string, file: string, mistakes: string[]): string | undefined {
  try {
    const text = decodeText(readFileSync(file));
    if (typeof text === 'string') return text.trim();
    mistakes.push(`${name}_FILE: line ${text.line} of the file ${text.why}`);
  } catch {
    mistakes.push(`${name}_FILE: cannot read the file that it names`);
  }
  return undefined;
}

/** Variables that are probably meant for this program and would be ignored. */
function misspeltNames(
  source: Source,
  known: readonly string[],
  secrets: readonly string[],
): string[] {
  const expected = [...known, ...secrets.map((name) => `${name}_FILE`)];
  return Object.keys(source)
    .filter((name) => source[name] !== '' && !expected.includes(name))
    .flatMap((name) => {
      if (known.some((one) => name === `${one}_FILE`)) {
        return [`${name}: is not read; only ${secrets.join(', ')} may come from a file`];
      }
      const meant = expected.find((one) => isMisspelling(name, one));
      return meant === undefined || (source[meant] ?? '') !== ''
        ? []
        : [`${name}: is not known; is ${meant} meant?`];
    });
}

/** A variable that is not read, and the one whose name is nearly the same. */
export interface NearMiss {
  readonly name: string;
  readonly meant: string;
}

/**
 * Variables with nearly a short name, such as `PRT`. Another program may mean them, so the server starts.
 * Of words that differ in their first letter, such as `SORT`, nearly all are others.
 */
export function nearMisses(source: Source, known: readonly string[]): readonly NearMiss[] {
  const short = known.filter((one) => one.length < OWN_NAME_LENGTH && (source[one] ?? '') === '');
  return Object.keys(source).flatMap((name) => {
    if (source[name] === '' || known.includes(name)) return [];
    const meant = short.find(
      (one) => name.charAt(0).toUpperCase() === one.charAt(0) && isNearly(name, one),
    );
    return meant === undefined ? [] : [{ name, meant }];
  });
}

function isMisspelling(name: string, meant: string): boolean {
  return meant.length >= OWN_NAME_LENGTH && isNearly(name, meant);
}

/** One letter added, missing or different, two letters exchanged, or another case. */
function isNearly(name: string, meant: string): boolean {
  return name.toUpperCase() === meant || editDistance(name, meant) === 1;
}
