const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const LIST = '['.charCodeAt(0);
const OBJECT = '{'.charCodeAt(0);

/**
 * Whether a JSON text has more values than `most`, at any depth; an empty list or object counts twice.
 * It runs before the text is parsed, and stops as soon as it knows: a body of a few long texts is cheap
 * to parse and to validate, one of the same length with a hundred thousand names or brackets is not.
 */
export function hasMoreValues(text: string, most: number): boolean {
  let count = 1;
  let isString = false;
  for (let at = 0; at < text.length && count <= most; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isString = !isString;
    else if (isString && code === BACKSLASH) at += 1;
    else if (!isString && (code === COMMA || code === LIST || code === OBJECT)) count += 1;
  }
  return count > most;
}
