import { decodeText } from './text-file';

export interface DotenvVariable {
  readonly name: string;
  /** Where its line is wrong, what was probably meant, so that other mistakes are found as well. */
  readonly value: string;
  readonly line: number;
  readonly isWrong: boolean;
}

/** The variables of a `.env` file, and the lines that cannot be obeyed. */
export interface DotenvFile {
  readonly variables: readonly DotenvVariable[];
  /** Such as `line 3: is not NAME=value`. They never repeat a value, which may be a secret. */
  readonly mistakes: readonly string[];
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=([ \t]*)(.*)$/;
const NOTHING = /^[ \t]*(?:#.*)?$/;
/** A line that sets a variable, found inside quotes: a closing quote is missing. Base64 may end in `=`. */
const LIKELY_ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?[A-Z][A-Z0-9_]*=[^=\s]/;
const QUOTES = ['"', "'", '`'];
/** Quotes of a text processor, and what cannot be seen: a copied value has them by mistake. */
const STRAY = String.raw`[“”„‘’«»‹›\p{Z}\p{Cf}]`;
const STRAY_AT_EDGE = new RegExp(`^${STRAY}|${STRAY}$`, 'u');
/** Docker Compose and shells put something in its place. */
const REFERENCE = /\$[{(]/;

/**
 * Reads a `.env` file as Node's `--env-file` does, but ignores nothing: where Node would drop a line or
 * cut a value, it reports a mistake.
 */
export function readDotenvFile(content: Buffer): DotenvFile {
  const text = decodeText(content);
  if (typeof text !== 'string') {
    return { variables: [], mistakes: [`line ${text.line}: ${text.why}`] };
  }
  return new DotenvReader(text.split(/\r\n|\n|\r/)).read();
}

class DotenvReader {
  readonly #variables = new Map<string, DotenvVariable>();
  readonly #mistakes: string[] = [];
  readonly #lines: readonly string[];
  #next = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  read(): DotenvFile {
    while (this.#next < this.#lines.length) this.#readLine();
    return { variables: [...this.#variables.values()], mistakes: this.#mistakes };
  }

  #readLine(): void {
    const number = this.#next + 1;
    const line = this.#lines[this.#next] ?? '';
    this.#next += 1;
    if (NOTHING.test(line)) return;
    const [, name, gap = '', rest = ''] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined) {
      this.#mistakes.push(`line ${number}: is not NAME=value, nor a comment that begins with #`);
      return;
    }
    const mistakesBefore = this.#mistakes.length;
    const before = this.#variables.get(name);
    if (before !== undefined) {
      this.#mistakes.push(
        `line ${number}: sets ${name}, which line ${before.line} has set already`,
      );
    }
    const quote = QUOTES.find((one) => rest.startsWith(one));
    const value =
      quote === undefined
        ? this.#plain(number, name, this.#unquoted(number, name, gap, rest))
        : this.#quoted(number, name, quote, rest.slice(1));
    const isWrong = this.#mistakes.length > mistakesBefore;
    this.#variables.set(name, { name, value, line: number, isWrong });
  }

  #plain(number: number, name: string, value: string): string {
    if (STRAY_AT_EDGE.test(value)) {
      this.#mistakes.push(
        `line ${number}: the value of ${name} begins or ends with a curly quote or an invisible character; remove it, or put the whole value in quotes`,
      );
    }
    return this.#literal(number, name, value);
  }

  #literal(number: number, name: string, value: string): string {
    if (REFERENCE.test(value)) {
      this.#mistakes.push(
        `line ${number}: the value of ${name} has a reference ($… in brackets), which is not replaced; write the value itself, or put it in single quotes`,
      );
    }
    return value;
  }

  /** As in a shell, a comment begins with a `#` after a space. */
  #unquoted(number: number, name: string, gap: string, rest: string): string {
    const hash = rest.indexOf('#');
    if (hash < 0) return trimmed(rest);
    const value = trimmed(rest.slice(0, hash));
    const isComment = /[ \t]/.test(hash === 0 ? gap : rest.charAt(hash - 1));
    if (isComment && !QUOTES.some((quote) => value.includes(quote))) return value;
    this.#mistakes.push(
      `line ${number}: the value of ${name} has a # outside quotes; put the whole value in quotes, or a space before the # of a comment`,
    );
    return trimmed(rest);
  }

  /** A quoted value may span lines, as a PEM key does. */
  #quoted(number: number, name: string, quote: string, begin: string): string {
    let text = begin;
    while (!text.includes(quote)) {
      const line = this.#lines[this.#next];
      if (line === undefined || LIKELY_ASSIGNMENT.test(line)) {
        this.#mistakes.push(`line ${number}: the value of ${name} lacks its closing ${quote}`);
        return begin;
      }
      text += `\n${line}`;
      this.#next += 1;
    }
    const end = text.indexOf(quote);
    if (!NOTHING.test(text.slice(end + 1))) {
      this.#mistakes.push(
        `line ${this.#next}: has text after the closing ${quote} of ${name}; put a value that contains ${quote} in other quotes`,
      );
    }
    const value = text.slice(0, end);
    if (quote !== '"') return value;
    return this.#literal(number, name, value.replaceAll(String.raw`\n`, '\n'));
  }
}

function trimmed(text: string): string {
  return text.replace(/[ \t]+$/, '');
}
