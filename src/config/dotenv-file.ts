import { decodeText } from './text-file';

/** What a `.env` file sets, and what of it cannot be read. */
export interface DotenvFile {
  readonly variables: ReadonlyMap<string, string>;
  /** Such as `line 3: is not NAME=value`. They never repeat a value, which may be a secret. */
  readonly mistakes: readonly string[];
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=([ \t]*)(.*)$/;
const NOTHING = /^[ \t]*(?:#.*)?$/;
/** A line that sets a variable, and so stands in quotes by accident. Base64 may end in `=`. */
const LIKELY_ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?[A-Z][A-Z0-9_]*=[^=\s]/;
const QUOTES = ['"', "'", '`'];

/**
 * Reads a `.env` file as Node's `--env-file` does, but skips nothing: what Node would drop, cut or
 * read as something else is a mistake.
 */
export function readDotenvFile(content: Buffer): DotenvFile {
  const text = decodeText(content);
  if (typeof text !== 'string') {
    return { variables: new Map(), mistakes: [`line ${text.line}: ${text.why}`] };
  }
  return new DotenvReader(text.split(/\r\n|\n|\r/)).read();
}

class DotenvReader {
  readonly #variables = new Map<string, string>();
  readonly #setIn = new Map<string, number>();
  readonly #mistakes: string[] = [];
  readonly #lines: readonly string[];
  #next = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  read(): DotenvFile {
    while (this.#next < this.#lines.length) this.#readLine();
    return { variables: this.#variables, mistakes: this.#mistakes };
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
    const before = this.#setIn.get(name);
    if (before !== undefined) {
      this.#mistakes.push(`line ${number}: sets ${name}, which line ${before} has set already`);
    }
    this.#setIn.set(name, number);
    const quote = QUOTES.find((one) => rest.startsWith(one));
    const value =
      quote === undefined
        ? this.#unquoted(number, name, gap, rest)
        : this.#quoted(number, name, quote, rest.slice(1));
    if (value !== undefined) this.#variables.set(name, value);
  }

  /** A comment begins with a `#` behind a blank, as in a shell. */
  #unquoted(number: number, name: string, gap: string, rest: string): string | undefined {
    const hash = rest.indexOf('#');
    if (hash < 0) return trimmed(rest);
    const value = trimmed(rest.slice(0, hash));
    const isComment = /[ \t]/.test(hash === 0 ? gap : rest.charAt(hash - 1));
    if (isComment && !QUOTES.some((quote) => value.includes(quote))) return value;
    this.#mistakes.push(
      `line ${number}: the value of ${name} has a # outside quotes; put the whole value in quotes, or a blank before the # of a comment`,
    );
    return undefined;
  }

  /** It may go on for several lines, as a key in PEM does. */
  #quoted(number: number, name: string, quote: string, begin: string): string | undefined {
    let text = begin;
    while (!text.includes(quote)) {
      const line = this.#lines[this.#next];
      if (line === undefined || LIKELY_ASSIGNMENT.test(line)) {
        this.#mistakes.push(`line ${number}: the value of ${name} lacks its closing ${quote}`);
        return undefined;
      }
      text += `\n${line}`;
      this.#next += 1;
    }
    const end = text.indexOf(quote);
    if (!NOTHING.test(text.slice(end + 1))) {
      this.#mistakes.push(
        `line ${this.#next}: has text behind the closing ${quote} of ${name}; use another kind of quotes around a value that has ${quote} in it`,
      );
      return undefined;
    }
    const value = text.slice(0, end);
    return quote === '"' ? value.replaceAll(String.raw`\n`, '\n') : value;
  }
}

function trimmed(text: string): string {
  return text.replace(/[ \t]+$/, '');
}
