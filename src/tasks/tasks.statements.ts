import type { Repository } from 'typeorm';
import type { CompiledStatement } from '../database/compiled-statement';
import type { Task } from './task.entity';

/** UTC with milliseconds, the same text everywhere (RFC 3339). */
const timestamp = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * A task as the client sees it, made by PostgreSQL: Node forwards the text. This is the one list
 * of what leaves the database.
 */
export const taskJson = (table: string): string =>
  `('{"id":"' || ${table}.id::text || '","user_id":"' || ${table}.user_id::text` +
  ` || '","title":' || pg_catalog.to_json(${table}.title)::text` +
  ` || ',"description":' || coalesce(pg_catalog.to_json(${table}.description)::text, 'null')` +
  ` || ',"completed":' || ${table}.completed::text` +
  ` || ',"created_at":"' || ${timestamp(`${table}.created_at`)}` +
  ` || '","updated_at":"' || ${timestamp(`${table}.updated_at`)} || '"}')`;

/**
 * Bounds of a range of ids that does not end: no UUIDv7 reaches them. They are values, not the SQL
 * of `coalesce`: row-level security keeps that out of the index, and each page would read all rows.
 */
export const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
export const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** [most]: how many tasks there are, counted no further than to `most`: O(that), so it runs on the pool. */
export const countUpToStatement = (table: string): string =>
  `select count(*) from (select from ${table} where ${table}.user_id = $1 limit $2::int) counted`;

/** In all its pages: with the longest texts these are 32 MB, which Node holds until the last has come. */
const TASKS_OF_A_BATCH = 800;

export type TasksStatements = ReturnType<typeof tasksStatements>;

/**
 * Every statement on tasks that touches O(page) rows, composed once, at start. `$1` is always the
 * owner; that rule, and the tags of the versions, are beyond what a query builder says in one
 * chain (docs/decisions/0005-statements-as-constants.md).
 *
 * Statements on one task answer rows of (task JSON, version, written). `version` is that of the
 * stored task; `written` is false where a precondition kept the task as it was.
 */
export function tasksStatements({ metadata }: Repository<Task>) {
  const tasks = metadata.tablePath;
  const [users] = metadata.foreignKeys.map(({ referencedTablePath }) => referencedTablePath);
  const json = taskJson(tasks);
  const owned = `${tasks}.user_id = $1 and ${tasks}.id = $2`;
  const answer = `${json} as task, ${tasks}.version, true as written`;
  // An accepted write is always later than the one before, also within a millisecond.
  const touch =
    `version = ${tasks}.version + 1,` +
    ` updated_at = greatest(now()::timestamptz(3), ${tasks}.updated_at + interval '1 ms')`;

  // Nothing where the owner has no row yet. The foreign key would refuse that, too, but as an error,
  // which PostgreSQL logs and which undoes all that shares the batch.
  const insert =
    `insert into ${tasks} (user_id, id, title, description, completed, version, created_at, updated_at)` +
    ' select $1::uuid, $2::uuid, $3::text, $4::text, $5::boolean, 1, $6::timestamptz(3), $6::timestamptz(3)' +
    ` from ${users} where ${users}.id = $1`;

  const changes = {
    replace: 'title = $3, description = $4, completed = $5::boolean',
    patch:
      `title = coalesce($3, ${tasks}.title),` +
      ` description = case when $4::boolean then $5 else ${tasks}.description end,` +
      ` completed = coalesce($6::boolean, ${tasks}.completed)`,
    complete: `completed = coalesce($3::boolean, not ${tasks}.completed)`,
  };

  const update = (name: string, change: string): CompiledStatement => ({
    name,
    text: `update ${tasks} set ${change}, ${touch} where ${owned} returning ${answer}`,
  });

  /**
   * The same write, if the stored version is one of `versions`. The row is locked before it is
   * compared, so a loser is told the version that beat it, never the one that it sent.
   */
  const onlyIf = (name: string, write: string, versions: string): CompiledStatement => ({
    name,
    text:
      `with current as (select version from ${tasks} where ${owned} for no key update),` +
      ` written as (${write} and current.version = any (${versions}::bigint[]) returning ${answer})` +
      ' select task, version, written from written' +
      ' union all select null, version, false from current where not exists (select from written)',
  });

  const updateIf = (name: string, change: string, versions: string): CompiledStatement =>
    onlyIf(name, `update ${tasks} set ${change}, ${touch} from current where ${owned}`, versions);

  return {
    /** [id] */
    get: {
      name: 'task_get',
      text: `select ${answer} from ${tasks} where ${owned}`,
    },
    /**
     * [below id, above id, limit]: newest first. One row of (JSON of the tasks
     * joined by commas | null, id of the last one if there is a next page, how many there are, at
     * most one more than the limit).
     */
    listNewest: {
      name: 'task_list_newest',
      cost: ([, , limit]) => Number(limit) / TASKS_OF_A_BATCH,
      text:
        `select pg_catalog.array_to_string((pg_catalog.array_agg(task))[1:$4::int], ','),` +
        ` case when count(*) > $4::int then (pg_catalog.array_agg(id))[$4::int] end, count(*)` +
        ` from (select ${tasks}.id, ${json} as task from ${tasks} where ${tasks}.user_id = $1` +
        ` and ${tasks}.id < $2 and ${tasks}.id > $3` +
        ` order by ${tasks}.id desc limit $4::int + 1) page`,
    },
    /** [id, title, description, completed, created_at]: no row where the owner has none. */
    create: {
      name: 'task_create',
      text: `${insert} returning ${answer}`,
    },
    /**
     * The same, unless the id is there already: then the stored task, with `written` false. One
     * without a version says that the owner has no row. No row at all means that a concurrent create
     * has just won; the caller repeats.
     */
    createOnce: {
      name: 'task_create_once',
      text:
        `with written as (${insert} on conflict (user_id, id) do nothing returning ${answer})` +
        ' select task, version, written from written union all' +
        ` select ${json}, ${tasks}.version, false from ${tasks}` +
        ` where ${owned} and not exists (select from written) union all` +
        ` select null, null, false where not exists (select from ${users} where ${users}.id = $1)`,
    },
    /** [id, title, description, completed] */
    replace: update('task_replace', changes.replace),
    /** [id, title | null, whether description is given, description, completed | null] */
    patch: update('task_patch', changes.patch),
    /** [id, completed | null]: null toggles. */
    complete: update('task_complete', changes.complete),
    /** [id] */
    delete: {
      name: 'task_delete',
      text: `delete from ${tasks} where ${owned} returning null as task, ${tasks}.version, true as written`,
    },
    /** The writes above, each with one more parameter: the versions that If-Match names. */
    replaceIf: updateIf('task_replace_if', changes.replace, '$6'),
    patchIf: updateIf('task_patch_if', changes.patch, '$7'),
    completeIf: updateIf('task_complete_if', changes.complete, '$4'),
    deleteIf: onlyIf('task_delete_if', `delete from ${tasks} using current where ${owned}`, '$3'),
  } as const satisfies Record<string, CompiledStatement>;
}
