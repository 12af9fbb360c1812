/** How tasks are written. */
export interface TaskWriter {
  readonly head: string;
  /** @param tasks the JSON of each */
  readonly page: (tasks: readonly string[]) => string;
  readonly tail: string;
  /** Names the values of a task that the format cannot hold. */
  readonly leftOut?: (task: string) => readonly string[];
}
