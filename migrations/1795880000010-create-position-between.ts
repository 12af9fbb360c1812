import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A text that sorts between two others by its bytes: the shortest of base 62 that does, then V and the
 * number of the change in hexadecimal. No other move has that number, and no task that was never moved has
 * a V, so no two positions are ever the same.
 *
 * Without `high` it is the end. It is null where the text would be longer than 200 characters.
 */
export class CreatePositionBetween1795880000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function position_between(low text, high text, change bigint) returns text
      language plpgsql immutable as $$
      declare
        digits     constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
        tail       constant text := 'V' || pg_catalog.lpad(pg_catalog.to_hex(change), 14, '0');
        kept       text := '';
        is_below   boolean := high is null;
        low_digit  integer;
        high_digit integer;
      begin
        for place in 1 .. 200 - pg_catalog.length(tail) loop
          low_digit := pg_catalog.strpos(digits, pg_catalog.substr(low, place, 1)) - 1;
          high_digit := case
            when is_below then 62
            else pg_catalog.strpos(digits, pg_catalog.substr(high, place, 1)) - 1
          end;
          if high_digit - low_digit > 1 then
            return kept || pg_catalog.substr(digits, (low_digit + high_digit) / 2 + 1, 1) || tail;
          end if;
          kept := kept || pg_catalog.substr(digits, low_digit + 1, 1);
          is_below := is_below or high_digit > low_digit;
        end loop;
        return null;
      end
      $$`);
    await runner.query(
      'revoke execute on function position_between(text, text, bigint) from public',
    );
    await runner.query(
      'grant execute on function position_between(text, text, bigint) to task_api',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function position_between(text, text, bigint)');
  }
}
