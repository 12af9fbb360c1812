import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { ColumnMap } from './formats/sources/source-row';
import { FIELDS, fieldOf, hasPlace } from './formats/sources/source-task';

/** A column's name may have a comma in it, but not one before another field. */
const BETWEEN_PAIRS = /,(?=\s*\w+=)/;

/** Reads `title=CONTENT,description=DESCRIPTION`, or one of these at a time. */
export function columnMap(text: string, before?: ColumnMap): ColumnMap {
  const map = new Map(before);
  for (const pair of text.split(BETWEEN_PAIRS)) {
    const [, name = '', column = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    const field = fieldOf(name);
    if (field === undefined || column.trim() === '') {
      throw new InvalidArgumentError(
        `It must be FIELD=COLUMN, such as title=Subject, with one of the fields ${FIELDS.filter(hasPlace).join(', ')}.`,
      );
    }
    if (map.has(field)) throw new InvalidArgumentError(`It must give ${field} one column.`);
    map.set(field, column.trim());
  }
  return map;
}
