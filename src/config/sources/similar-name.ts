/** A name of one or two letters resembles too many others. */
const SHORTEST = 3;
const MOST_EDITS = 2;

/** The known name that was probably meant, whatever its case. */
export function similarName(name: string, known: readonly string[]): string | undefined {
  if (name.length < SHORTEST) return undefined;
  const [nearest] = known
    // Cheap, and most names that are made up end here.
    .filter((one) => Math.abs(one.length - name.length) <= MOST_EDITS)
    .map((one) => ({ one, edits: editDistance(name.toUpperCase(), one.toUpperCase()) }))
    .filter(({ one, edits }) => edits <= MOST_EDITS && edits * 2 < one.length)
    .sort((a, b) => a.edits - b.edits);
  return nearest?.one;
}

/**
 * How many letters to add, remove or replace, or neighbours to exchange, to make one text of the other
 * (optimal string alignment).
 */
export function editDistance(one: string, other: string): number {
  let last: readonly number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const edits = Math.min(
        at(row, j - 1) + (isSame ? 0 : 1),
        at(row, j) + 1,
        at(next, j - 1) + 1,
      );
      const areExchanged = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      next.push(areExchanged ? Math.min(edits, at(last, j - 2) + 1) : edits);
    }
    [last, row] = [row, next];
  }
  return at(row, other.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
