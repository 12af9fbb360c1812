/** A fault that somebody could make, and the test that must notice it. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Where the test is, such as `integration/database/batch/pipeline-batch`. */
  readonly spec: string;
  /** Its full name, as Jest tells it. */
  readonly test: string;
  /** What the failure says. By default that an expectation was not met, not that a test broke down. */
  readonly because?: RegExp;
}

export interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A mutant of one edit. */
export function mutant(
  name: string,
  [file, from, to]: readonly [file: string, from: string, to: string],
  [spec, test, because]: readonly [spec: string, test: string, because?: RegExp],
): Mutant {
  return {
    name,
    edits: [{ file, from, to }],
    spec,
    test,
    ...(because !== undefined && { because }),
  };
}
