/** What makes a spreadsheet take the text of a cell for a formula (OWASP, CSV injection). */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;

/**
 * A title such as `=HYPERLINK(…)` must not run in the spreadsheet of whoever opens the file: an
 * apostrophe before it makes it text. Apostrophes that stand there already get one more, so that
 * {@link unguarded} finds out what the text was.
 */
export function guarded(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

export function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
