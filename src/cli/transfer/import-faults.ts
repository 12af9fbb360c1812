import { badData } from '../command-error';
import { grouped } from '../option-values';

/** As many as somebody can read at once, so that a file full of faults does not fill the memory. */
const MOST_TOLD = 20;

/** The rows of a file that cannot be imported, by line. */
export class ImportFaults {
  readonly #told: string[] = [];
  #count = 0;

  /** Of rows. */
  get count(): number {
    return this.#count;
  }

  add(line: number, reason: string): void {
    this.#count += 1;
    if (this.#told.length < MOST_TOLD) this.#told.push(`  line ${line}: ${reason}`);
  }

  /** @param rows of the whole file @throws CommandError */
  throwIfAny(rows: number): void {
    if (this.#count === 0) return;
    const others = this.#count - this.#told.length;
    throw badData(
      [
        `Nothing was imported: ${grouped(this.#count)} of ${grouped(rows)} rows cannot be`,
        ...this.#told,
        ...(others === 0 ? [] : [`  and ${grouped(others)} more`]),
      ].join('\n'),
    );
  }
}
