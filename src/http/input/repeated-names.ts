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
