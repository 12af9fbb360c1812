import type { SourceTask } from './formats/sources/source-task';

/**
 * The parents of the tasks of a file. Programs name a parent by their own id or by its place in the
 * file, and it may come after its subtasks. The file is read twice, so the second pass knows all of
 * them.
 */
export class Families {
  readonly #ids = new Map<string, string>();
  /** How many tasks name a parent, by its name. */
  readonly #named = new Map<string, number>();

  /** @param hasId its subtasks name it by that id */
  note(place: string, { fields }: SourceTask, { id, hasId }: { id: string; hasId: boolean }): void {
    const { source_id: sourceId, parent } = fields;
    if (typeof sourceId === 'string') this.#ids.set(sourceId, id);
    if (!hasId) this.#ids.set(place, id);
    if (typeof parent === 'string') this.#named.set(parent, (this.#named.get(parent) ?? 0) + 1);
  }

  /** The id that the parent of a task gets, if the file has that parent by another name. */
  parentOf({ fields }: SourceTask): string | undefined {
    const name = fields.parent ?? fields.parent_id;
    return typeof name === 'string' ? this.#ids.get(name) : undefined;
  }

  /** How many tasks name a parent that is not in the file. */
  get orphans(): number {
    let orphans = 0;
    for (const [name, tasks] of this.#named) orphans += this.#ids.has(name) ? 0 : tasks;
    return orphans;
  }
}
