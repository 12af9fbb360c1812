import { counted } from '../option-values';

/** What a transfer leaves out, counted by name, so that nothing is lost silently. */
export class LeftOut {
  readonly #fields = new Map<string, number>();
  readonly #others = new Map<string, number>();

  /** Of one task. */
  addFields(names: Iterable<string>): void {
    for (const name of new Set(names)) this.#fields.set(name, (this.#fields.get(name) ?? 0) + 1);
  }

  /** @param noun of something that is no task, in the singular */
  addOther(noun: string): void {
    this.#others.set(noun, (this.#others.get(noun) ?? 0) + 1);
  }

  toJSON(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#fields, ...this.#others]);
  }

  /** @param where the fields have no place: `a task`, `todo.txt` */
  lines(where: string): readonly string[] {
    const fields = [...this.#fields].map(
      ([name, tasks]) => `  ${name}: of ${counted(tasks, 'task')}`,
    );
    const others = [...this.#others].map(([noun, count]) => `  ${countedOther(count, noun)}`);
    return [
      ...(fields.length > 0 ? [`Left out, because ${where} has no place for it:`, ...fields] : []),
      ...(others.length > 0 ? ['Left out, because it is no task:', ...others] : []),
    ];
  }
}

function countedOther(count: number, noun: string): string {
  return counted(count, noun, noun.replace(/(\w)y$/, '$1ie') + 's');
}
