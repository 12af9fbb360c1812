import { DUE_TIME_LENGTH } from '../task.entity';

/**
 * Conditions on an open task, by the clock of a zone. A time is in the zone of its task, or else in
 * this one; a date is always in this one. PostgreSQL tells the moment of a time that no clock shows.
 * @param zone SQL of the name of a zone
 */
export function dueConditions(zone: string): { readonly overdue: string; readonly today: string } {
  const moment = `(due::timestamp at time zone coalesce(time_zone, ${zone}))`;
  const localDate = `(now() at time zone ${zone})::date`;
  const hasTime = `char_length(due) = ${DUE_TIME_LENGTH}`;
  return {
    overdue: `due is not null and case
        when ${hasTime} then ${moment} < now()
        else due::date < ${localDate}
      end`,
    today: `due is not null and case
        when ${hasTime} then (${moment} at time zone ${zone})::date = ${localDate}
        else due::date = ${localDate}
      end`,
  };
}
