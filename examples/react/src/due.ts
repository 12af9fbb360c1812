/**
 * Whether a due date is today's or has passed. `due` is local time, so its day is compared with the day
 * on the clock of this browser. (A `time_zone` would have to be converted first; this example sets none.)
 */
export function dueDay(due: string, now = new Date()): 'overdue' | 'today' | undefined {
  const two = (part: number) => String(part).padStart(2, '0');
  const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const day = due.slice(0, today.length);
  if (day < today) return 'overdue';
  return day === today ? 'today' : undefined;
}
