/** Where a spreadsheet begins a cell, whatever separator it assumes. */
const CELL_START = String.raw`(?<=^|[;\t\r\n])`;
/** What makes it run the text of a cell as a formula (OWASP, CSV injection). */
const FORMULA = String.raw`(?=["' ]*[=+\-@＝＋－＠])`;
/** It also runs a text that begins with white space. */
const LEADING_SPACE = String.raw`(?='*[\t\r])`;

const TO_GUARD = new RegExp(`${CELL_START}${FORMULA}|^${LEADING_SPACE}`, 'g');
const GUARDED = new RegExp(`${CELL_START}'${FORMULA}|^'${LEADING_SPACE}`, 'g');

/**
 * A title such as `=HYPERLINK(…)` must not run in the spreadsheet that opens the file: an
 * apostrophe before it makes it text. The same holds after a semicolon, a tab or a line end, where
 * a spreadsheet with another separator begins a cell. Existing apostrophes get one more, so that
 * {@link unguarded} can restore the text.
 */
export function guarded(text: string): string {
  return text.replaceAll(TO_GUARD, "'");
}

export function unguarded(cell: string): string {
  return cell.replaceAll(GUARDED, '');
}
