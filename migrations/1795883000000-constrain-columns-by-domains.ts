import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Column, its type, and the constraint that its values obey. */
const CONSTRAINED = [
  ['title', 'text', 'ck_tasks_title_length', 'char_length(value) between 1 and 200'],
  ['description', 'text', 'ck_tasks_description_length', 'char_length(value) <= 10000'],
  ['due', 'text collate "C"', 'ck_tasks_due', String.raw`value ~ '^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$'`],
  ['priority', 'smallint', 'ck_tasks_priority', 'value between 0 and 4'],
  ['tags', 'jsonb', 'ck_tasks_tags', 'jsonb_array_length(value) <= 10'],
  [
    'recurrence',
    'text collate "C"',
    'ck_tasks_recurrence',
    `char_length(value) <= 255
     and value ~ '^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[A-Z0-9,-]+)*$'`,
  ],
  [
    'recurrence_from',
    'text collate "C"',
    'ck_tasks_recurrence_from',
    `value in ('due', 'completion')`,
  ],
] as const;

const TIME_ZONE = 'time_zone is null or coalesce(char_length(due), 0) = 16';

/**
 * For each statement PostgreSQL reads and prepares the text of every CHECK of the table, also where an update
 * leaves its column alone. It caches the constraint of a domain, and checks only what is written
 * (docs/decisions/0043-columns-are-constrained-by-domains.md).
 *
 * No row is read or rewritten, because a domain gets its constraint after the column has the domain. The
 * constraint stays NOT VALID, since the CHECK that it replaces has seen every row. `ck_tasks_time_zone` reads
 * `due`, so it is dropped and made anew. `position` keeps a CHECK: PostgreSQL would rebuild its partial index.
 */
export class ConstrainColumnsByDomains1795883000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tasks drop constraint ck_tasks_time_zone');
    for (const [column, type, constraint, condition] of CONSTRAINED) {
      await runner.query(`create domain task_${column} as ${type}`);
      await runner.query(`alter table tasks drop constraint ${constraint}`);
      await runner.query(`alter table tasks alter column ${column} type task_${column}`);
      await runner.query(`
        alter domain task_${column} add constraint ${constraint} check (${condition}) not valid`);
    }
    await runner.query(`
      alter table tasks add constraint ck_tasks_time_zone check (${TIME_ZONE}) not valid`);
    // The bound in `{1,200}` took 20 µs for each value.
    await runner.query('alter table tasks drop constraint ck_tasks_position');
    await runner.query(`
      alter table tasks add constraint ck_tasks_position
        check (char_length(position) between 1 and 200 and position !~ '[^0-9A-Za-z]') not valid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tasks drop constraint ck_tasks_time_zone');
    for (const [column, type, constraint, condition] of CONSTRAINED) {
      await runner.query(`alter table tasks alter column ${column} type ${type}`);
      await runner.query(`drop domain task_${column}`);
      await runner.query(`
        alter table tasks add constraint ${constraint}
          check (${condition.replaceAll(/\bvalue\b/g, column)})`);
    }
    await runner.query(`alter table tasks add constraint ck_tasks_time_zone check (${TIME_ZONE})`);
    await runner.query('alter table tasks drop constraint ck_tasks_position');
    await runner.query(`
      alter table tasks add constraint ck_tasks_position check (position ~ '^[0-9A-Za-z]{1,200}$')`);
  }
}
