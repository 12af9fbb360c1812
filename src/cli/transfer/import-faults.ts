import { badData } from '../command-error';
import { counted, grouped } from '../option-values';

/** As many as a person reads at once, so that a file full of faults does not fill the memory. */
const MOST_TOLD = 20;

/** The rows of a file that cannot be imported, by place. */
export class ImportFaults {
  readonly #told: string[] = [];
  #count = 0;

  /** Of rows. */
  get count(): number {
    return this.#count;
  }

  add(place: string, reason: string): void {
    this.#count += 1;
    if (this.#told.length < MOST_TOLD) this.#told.push(`  ${place}: ${reason}`);
  }

  /** A line for each of the first ones, and one for the others. */
  lines(): readonly string[] {
    const others = this.#count - this.#told.length;
    return others === 0 ? this.#told : [...this.#told, `  and ${grouped(others)} more`];
  }

  /** @param rows of the whole file @throws CommandError */
  throwIfAny(rows: number): void {
    if (this.#count === 0) return;
    throw badData(
      [
        `Nothing was imported: ${grouped(this.#count)} of ${counted(rows, 'row')} cannot be`,
        ...this.lines(),
        'Correct them, or use --rejects FILE to import the others and write these to FILE',
      ].join('\n'),
    );
  }
}
