/** The rooms of src/, from the ground up. */
export declare const ROOMS: readonly string[];

/** Whether an import leads to a room above its own, or to none of the list. */
export declare function leadsUp(
  rooms: readonly string[],
  from: string,
  specifier: string | undefined,
): boolean;
