/** What a spreadsheet begins a cell at, whatever separator it takes the file to have. */
const CELL_START = String.raw`(?<=^|[;\t\r\n])`;
/** What makes it take the text of a cell for a formula (OWASP, CSV injection). */
const FORMULA = String.raw`(?=["' ]*[=+\-@＝＋－＠])`;
/** A text that begins with white space is taken for one too. */
const LEADING_SPACE = String.raw`(?='*[\t\r])`;

const TO_GUARD = new RegExp(`${CELL_START}${FORMULA}|^${LEADING_SPACE}`, 'g');
const GUARDED = new RegExp(`${CELL_START}'${FORMULA}|^'${LEADING_SPACE}`, 'g');

/**
 * A title such as `=HYPERLINK(…)` must not run in the spreadsheet that opens the file: an
 * apostrophe before it makes it text. The same holds behind a semicolon, a tab or a line end, where
 * a spreadsheet that knows another separator begins a cell. Apostrophes that stand there already get
 * one more, so that {@link unguarded} finds out what the text was.
 */
export function guarded(text: string): string {
  return text.replaceAll(TO_GUARD, "'");
}

export function unguarded(cell: string): string {
  return cell.replaceAll(GUARDED, '');
}
