export interface Turns<Item, Result> {
  /** How many run at a time. */
  readonly most: number;
  /** Items that share a name run in their order. */
  readonly namesOf: (item: Item) => readonly string[];
  /** It never rejects. */
  readonly run: (item: Item) => Promise<Result>;
}

/** Runs them all, and returns their results in the order of the items. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  { most, namesOf, run }: Turns<Item, Result>,
): Promise<readonly Result[]> {
  const results: Promise<Result>[] = [];
  const lastOf = new Map<string, Promise<Result>>();
  const runNext = async (): Promise<void> => {
    for (let item = items[results.length]; item !== undefined; item = items[results.length]) {
      const own = item;
      const names = namesOf(own);
      const before = names.flatMap((name) => lastOf.get(name) ?? []);
      const result = Promise.all(before).then(() => run(own));
      for (const name of names) lastOf.set(name, result);
      results.push(result);
      await result;
    }
  };
  await Promise.all(Array.from({ length: most }, runNext));
  return Promise.all(results);
}
