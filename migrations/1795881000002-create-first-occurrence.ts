import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The first day, not before `earliest`, on which a rule falls that starts on `start`; null where it has
 * ended before. The rule is canonical text, as `src/tasks/dto/recurrence-rules.ts` writes it.
 *
 * Days are those of a calendar without zones, so no change of clocks takes part. A month without the day is
 * left out, as RFC 5545 has it. From one period to the next the loop finds a day at once, but for the 31st
 * of some month or the 29th of February, and it ends with the rule, at the latest in the year 9999.
 */
export class CreateFirstOccurrence1795881000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(firstOccurrence('loop'));
    await runner.query('revoke execute on function first_occurrence(text, date, date) from public');
    await runner.query('grant execute on function first_occurrence(text, date, date) to task_api');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function first_occurrence(text, date, date)');
  }
}

/** @param months the head of the loop over months, which ends where it finds a day or the rule ends */
export function firstOccurrence(months: string): string {
  return `create or replace function first_occurrence(rule text, start date, earliest date) returns date
      language plpgsql immutable strict parallel safe as $$
      declare
        frequency  text := pg_catalog.substring(rule, 'FREQ=([A-Z]+)');
        step       integer := coalesce(pg_catalog.substring(rule, 'INTERVAL=([0-9]+)'), '1');
        days       text[] := pg_catalog.string_to_array(pg_catalog.substring(rule, 'BYDAY=([^;]+)'), ',');
        month_days integer[] :=
          pg_catalog.string_to_array(pg_catalog.substring(rule, 'BYMONTHDAY=([^;]+)'), ',');
        ending     date := coalesce(
          pg_catalog.to_date(pg_catalog.substring(rule, 'UNTIL=([0-9]+)'), 'YYYYMMDD'), '9999-12-31');
        since      date := greatest(start, earliest);
        weekdays   text[] := '{MO,TU,WE,TH,FR,SA,SU}';
        period     date;
        following  date;
        months     integer;
        found_day  date;
      begin
        if frequency = 'DAILY' or frequency = 'WEEKLY' and days is null then
          if frequency = 'WEEKLY' then
            step := step * 7;
          end if;
          found_day := start + (since - start + step - 1) / step * step;
        elsif frequency = 'WEEKLY' then
          period := pg_catalog.date_trunc('week', start::timestamp);
          period := period + (since - period) / (7 * step) * (7 * step);
          loop
            select min(period + pg_catalog.array_position(weekdays, day) - 1) into found_day
              from pg_catalog.unnest(days) as day
              where period + pg_catalog.array_position(weekdays, day) - 1 >= since;
            exit when found_day is not null or period > ending;
            period := period + 7 * step;
          end loop;
        else
          if frequency = 'YEARLY' then
            step := step * 12;
          end if;
          if days is null and month_days is null then
            month_days := array[pg_catalog.date_part('day', start)];
          end if;
          months := (pg_catalog.date_part('year', since) - pg_catalog.date_part('year', start)) * 12
            + pg_catalog.date_part('month', since) - pg_catalog.date_part('month', start);
          months := months / step * step;
          ${months}
            period := pg_catalog.date_trunc('month', start::timestamp)
              + pg_catalog.make_interval(months => months);
            following := period + '1 month'::interval;
            if days is null then
              select min(day) into found_day
                from pg_catalog.unnest(month_days) as n,
                  lateral (select case when n > 0 then period + n - 1 else following + n end as day) as place
                where day >= since and day >= period and day < following;
            else
              select min(day) into found_day
                from pg_catalog.unnest(days) as part,
                  lateral (select pg_catalog.substring(part, '^-?[0-9]+')::integer as n,
                    pg_catalog.array_position(weekdays, pg_catalog.right(part, 2)) as weekday) as wanted,
                  lateral (select case when n > 0
                    then period + (weekday + 7 - pg_catalog.date_part('isodow', period)::integer) % 7
                      + 7 * (n - 1)
                    else following - 1
                      - (pg_catalog.date_part('isodow', following - 1)::integer + 7 - weekday) % 7
                      + 7 * (n + 1)
                    end as day) as place
                where day >= since and day >= period and day < following;
            end if;
            exit when found_day is not null or period > ending;
            months := months + step;
          end loop;
        end if;
        return case when found_day <= ending then found_day end;
      end
      $$`;
}
