import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ENTITIES, everyStatement } from '../../../../src/cli/distribute/every.statements';
import { DATABASE_WAITS } from '../../../../src/database/limits';
import { setSettings } from '../../../../src/database/lanes/lane-settings';
import {
  CITUS_LAWS,
  CITUS_LAWS_OF_SCHEMA,
  refusedByCitus,
} from '../../../support/database/citus-law';

/** By their names. */
let statements: Readonly<Record<string, string>>;

beforeAll(async () => {
  const source = new DataSource({ type: 'postgres', entities: ENTITIES });
  await (source as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
  statements = Object.fromEntries(everyStatement(source).map(({ name, text }) => [name, text]));
});

describe('Every statement', () => {
  it('is one that Citus accepts', () => {
    const refused = Object.entries(statements).flatMap(([name, text]) =>
      refusedByCitus(text).map((why) => `${name}: ${why}`),
    );

    expect(Object.keys(statements).length).toBeGreaterThan(50);
    expect(refused).toEqual([]);
  });

  it('computes no number if none was taken', () => {
    for (const text of Object.values(statements)) {
      expect(text).not.toMatch(/(?<!nullif\()current_setting\('app\.change'\)/);
    }
  });

  it('is planned for its values, where it runs in an explicit transaction', () => {
    expect(setSettings(DATABASE_WAITS, 'transaction')).toContain(
      'plan_cache_mode = force_custom_plan',
    );
  });
});

/** What broke on a cluster, done again to a statement of today, and the beginning of the law that it breaks. */
const DAMAGES: readonly (readonly [
  name: string,
  from: RegExp | string,
  to: string,
  law: number,
])[] = [
  ['task_create', /RETURNING "id"/, `RETURNING to_json(title)`, 0],
  ['task_replace', /RETURNING "id"/, `RETURNING to_char(created_at, 'YYYY')`, 0],
  ['task_complete', /RETURNING "id"/, `RETURNING '"' || id || '"'`, 0],
  ['task_replace', /RETURNING "id"/, `RETURNING current_setting('app.change')::bigint`, 0],
  ['feed_mark', 'returning last_change', 'returning watched_until > now()', 0],
  [
    'task_complete',
    /\(array\[null, "completed_at", (greatest\([^[]+\))\]\)\[/,
    '(case when completed then completed_at else $1 end)[',
    1,
  ],
  ['task_patch', /make_date\([^)]+\)[^)]+\)[^)]+\)/, `left(due, 10)::date`, 1],
  [
    'task_replace_if',
    '"version" = nullif',
    `"version" = coalesce(current_setting('app.change'), '0')::bigint + nullif`,
    1,
  ],
  [
    'task_replace',
    /\("updated_at" at time zone 'UTC' \+ interval '1 ms'\) at time zone 'UTC'/,
    `"updated_at" + interval '1 ms'`,
    2,
  ],
  ['task_complete', '"version" = ', `"title" = to_char(created_at, 'YYYY'), "version" = `, 2],
  ['task_create', ' AS "task"', '', 3],
  ['trash_restore', 'insert into tasks as restored', 'insert into tasks', 3],
  ['task_complete_follow', /returning next\.id/, '', 4],
  ['user_insert', /from users\s+where/, 'from users left join written on true where', 5],
];

describe('The laws of Citus', () => {
  it.each(DAMAGES)('find what is wrong with %s, once %s is another text', (name, from, to, law) => {
    const text = statements[name] ?? '';
    const damaged = text.replace(from, to);

    expect(damaged).not.toBe(text);
    expect(refusedByCitus(damaged)).toContain(CITUS_LAWS[law]?.refuses);
  });

  it('have a damage each', () => {
    expect(new Set(DAMAGES.map(([, , , law]) => law)).size).toBe(CITUS_LAWS.length);
  });
});

describe('Every migration', () => {
  const FOLDER = 'migrations';
  const texts = readdirSync(FOLDER).map((file) => ({
    file,
    statements: (readFileSync(`${FOLDER}/${file}`, 'utf8').split(/\basync down\(/)[0] ?? '').split(
      /\brunner\s*\.query\(/,
    ),
  }));
  const refusedIn = (statement: string) => refusedByCitus(statement, CITUS_LAWS_OF_SCHEMA);

  it('is one that Citus passes to the shards unchanged', () => {
    const refused = texts.flatMap(({ file, statements: all }) =>
      all.flatMap(refusedIn).map((why) => `${file}: ${why}`),
    );

    // `distribute` drops these three (docs/decisions/0024-what-the-isolation-gate-refuses.md).
    const known = `1795868000003-number-writes.ts: ${CITUS_LAWS_OF_SCHEMA[1]?.refuses ?? ''}`;
    expect(refused).toEqual([known, known, known]);
  });

  it.each([
    `create policy own_tasks on tasks to task_api using (user_id = (select current_setting('app.user_id')::uuid))`,
    `create policy later_1 on tasks as restrictive for update to task_api using (true)`,
    'create trigger feed_1 after insert on tasks for each row execute function tell()',
    'create table lists (user_id uuid not null, id uuid not null, constraint pk_lists primary key (id, user_id))',
    'create table lists (user_id uuid not null, name text, constraint uq_lists unique (name))',
  ])('is refused with %s', (statement) => {
    expect(refusedIn(statement)).toHaveLength(1);
  });
});
