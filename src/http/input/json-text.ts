const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

/**
 * The names that a flat JSON object has more than once. JSON.parse keeps the last value of each and says
 * nothing, so a client would take another value to be stored.
 * @param text of the object; it is well-formed
 */
export function repeatedNames(text: string, object: object): readonly string[] {
  const count = Object.keys(object).length;
  // Most bodies have no colon but those behind names, and no more of them than names.
  if (colonsIn(text) === count) return [];
  const once = new Set<string>();
  const again = new Set<string>();
  for (const name of namesIn(text)) (once.has(name) ? again : once).add(name);
  return [...again];
}

function colonsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count += 1;
  return count;
}

/** In JSON, what stands before a colon is a name, and no quotation mark is outside of a string. */
function namesIn(text: string): readonly string[] {
  const names: string[] = [];
  for (const [string, colon] of text.matchAll(STRING)) {
    if (colon !== undefined) names.push(JSON.parse(string.slice(0, -colon.length)) as string);
  }
  return names;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\],]/g;

/** The reader of the body refuses deeper values. */
const DEEPEST = 4;
/** The names of a request that a pointer may repeat. */
const PLAIN_NAME = /^\w{1,64}$/;

/** A list or an object on the way to a value. */
interface Place {
  readonly pointer: string;
  /** Of an object. */
  readonly names: Set<string> | undefined;
  /** The name or the number of the value that comes next. */
  next: string | number;
}

/**
 * The same for JSON of any form.
 * @returns JSON pointers of the objects that have a name more than once
 */
export function objectsWithRepeatedNames(text: string): readonly string[] {
  const found = new Set<string>();
  const path: Place[] = [];
  let depth = 0;
  for (const [token, colon] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      depth += 1;
      if (depth <= DEEPEST) path.push(placeIn(path.at(-1), token === '{'));
    } else if (token === '}' || token === ']') {
      if (depth <= DEEPEST) path.pop();
      depth -= 1;
    } else if (depth <= DEEPEST) {
      const place = path.at(-1);
      if (token === ',' && typeof place?.next === 'number') place.next += 1;
      if (colon === undefined || place?.names === undefined) continue;
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      if (place.names.has(name)) found.add(place.pointer);
      place.names.add(name);
      place.next = PLAIN_NAME.test(name) ? name : '';
    }
  }
  return [...found];
}

function placeIn(parent: Place | undefined, isObject: boolean): Place {
  const pointer = parent === undefined ? '' : `${parent.pointer}/${parent.next}`;
  return { pointer, names: isObject ? new Set() : undefined, next: 0 };
}

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
