/** How tasks are written. */
export interface TaskWriter {
  readonly head: string;
  /** @param tasks the JSON of each */
  readonly page: (tasks: readonly string[]) => string;
  readonly tail: string;
  /** Names what of a task has no place in the format. */
  readonly leftOut?: (task: string) => readonly string[];
}
