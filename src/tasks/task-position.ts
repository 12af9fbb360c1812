/** Its digits are those of base 62, in the order of their bytes: collation "C", and `<` of most languages. */
export const POSITION_PATTERN = '^[0-9A-Za-z]+$';
export const POSITION_MAX_LENGTH = 200;

const HEX = '0123456789abcdef';
const REVERSED_HEX = 'fedcba9876543210';
/** By the code of a character; the dashes of an id have none. */
const REVERSED: readonly number[] = Array.from({ length: 128 }, (_, code) =>
  REVERSED_HEX.charCodeAt(HEX.indexOf(String.fromCharCode(code))),
);
/** Text that grows by one character at a time is slow to read. */
const reversed = Buffer.alloc(REVERSED_HEX.length * 2);

/**
 * Where a task stands. One that was never moved has its id, reversed, so that the newest is first. The
 * position that a move gives has a V, which no such text has, so they are never the same.
 */
export function positionOf(id: string, moved: string | null): string {
  if (moved !== null) return moved;
  let length = 0;
  for (let n = 0; n < id.length; n += 1) {
    const digit = REVERSED[id.charCodeAt(n)];
    if (!digit) continue;
    reversed[length] = digit;
    length += 1;
  }
  return reversed.toString('latin1', 0, length);
}

const OWN = /^(?:[\da-f]{32}|[\dA-Za-z]*V[\da-f]{14})$/;

/** Whether it is a text that this API has made. */
export function isOwnPosition(value: unknown): boolean {
  return typeof value === 'string' && value.length <= POSITION_MAX_LENGTH && OWN.test(value);
}

/** Whether a move has given the task its position. */
export function wasMoved({ position }: { readonly position: string }): boolean {
  return position.includes('V') && isOwnPosition(position);
}

/** The same in SQL. @param table whose columns are meant, where several have them */
export function positionSql(table?: string): string {
  const of = table === undefined ? '' : `${table}.`;
  return `coalesce(${of}position, translate(${of}id::text, '${HEX}-', '${REVERSED_HEX}')) collate "C"`;
}
