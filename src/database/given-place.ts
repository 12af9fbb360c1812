/**
 * Which place goes to a further wish of this user, where all places are taken: the latest one of the
 * user who has the most of them. So no few users can keep the next one out. Nobody gives a place to a
 * user who would then have more than they have left.
 */
export function givenPlace<Place>(
  places: readonly Place[],
  userOf: (place: Place) => string,
  userId: string,
): Place | undefined {
  const counts = new Map<string, number>();
  for (const place of places) counts.set(userOf(place), (counts.get(userOf(place)) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  if (most <= (counts.get(userId) ?? 0) + 1) return undefined;
  return places.findLast((place) => counts.get(userOf(place)) === most);
}
