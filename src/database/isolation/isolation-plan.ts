import { HISTORY_TABLE } from '../schema/migration-history';

/** The tables that row-level security protects, and the column that says whose a row is. */
export const OWNER_COLUMN = {
  users: 'id',
  tasks: 'user_id',
  feeds: 'user_id',
  trash: 'user_id',
  replies: 'user_id',
} as const;
export type ProtectedTable = keyof typeof OWNER_COLUMN;

const ROWS = ['select', 'insert', 'update', 'delete'] as const;

/**
 * The one list of what the role task_api may do, and with that of the tables that it knows. Any
 * other right is refused: TRUNCATE, for example, ignores row-level security.
 */
export const RIGHTS = {
  users: ROWS,
  tasks: ROWS,
  feeds: ROWS,
  trash: ROWS,
  replies: ROWS,
  [HISTORY_TABLE]: ['select'],
} as const satisfies Record<ProtectedTable | typeof HISTORY_TABLE, readonly string[]>;
export type KnownTable = keyof typeof RIGHTS;

export function isProtected(table: KnownTable): table is ProtectedTable {
  return table in OWNER_COLUMN;
}

/** The one policy of a table, as PostgreSQL 15 to 18 print it where `pg_catalog` alone is searched. */
export function ownPolicy(table: ProtectedTable): string {
  const scope = `NULLIF(current_setting('app.user_id'::text, true), ''::text)`;
  return `(${OWNER_COLUMN[table]} = (${scope})::uuid)`;
}

/** A restrictive policy: what it narrows, and its text. */
export interface NarrowingPolicy {
  readonly name: string;
  readonly command: 'insert' | 'update' | 'delete';
  readonly using: string | null;
  readonly check: string | null;
}

/**
 * The restrictive policies of a table, printed likewise: without a number nobody writes a task. On
 * a distributed table there is none, since Citus makes it permissive on the shards, which opens the
 * rows of others. Nothing is lost: these policies stop servers of release 1.0, which cannot run
 * there.
 * @param schema of the tables, as SQL
 */
export function narrowingPolicies(
  table: ProtectedTable,
  { schema, isDistributed }: { readonly schema: string; readonly isDistributed: boolean },
): readonly NarrowingPolicy[] {
  if (table !== 'tasks' || isDistributed) return [];
  const setting = `NULLIF(current_setting('app.change'::text, true), ''::text)`;
  const change = `COALESCE((${setting})::bigint, ${schema}.refuse_unnumbered())`;
  const numbered = `(version >= ${change})`;
  const name = (command: string): string => `numbered_${command}_1795868000003`;
  return [
    { name: name('insert'), command: 'insert', using: null, check: numbered },
    { name: name('update'), command: 'update', using: 'true', check: numbered },
    { name: name('delete'), command: 'delete', using: `(${change} > 0)`, check: null },
  ];
}

/** A function that gives a transaction its scope, or that a policy calls. */
export interface FunctionPlan {
  readonly parameters: string;
  readonly types: string;
  readonly returns: string;
  /** With one blank between words. */
  readonly body: string;
  /** Whether it has a `search_path` of its own, and no other setting. */
  readonly hasPath: boolean;
}

export const FUNCTIONS = {
  enter_scope: {
    parameters: 'user_id uuid',
    types: 'uuid',
    returns: 'void',
    body: squeezed(`
      begin
        set local citus.propagate_set_commands = 'local';
        execute pg_catalog.format('set local app.user_id = %L', user_id);
      end`),
    hasPath: false,
  },
  enter_change: {
    parameters: 'the_user uuid, width integer',
    types: 'uuid, integer',
    returns: 'boolean',
    body: squeezed(`
      declare
        clock          timestamptz := pg_catalog.now();
        first          bigint := (pg_catalog.date_part('epoch', clock) * '1000000'::double precision)::bigint;
        is_distributed boolean := pg_catalog.current_setting('citus.shard_count', true) is not null;
        setting        text;
        change         bigint;
        watched        boolean;
      begin
        if is_distributed then
          set local citus.propagate_set_commands = 'local';
          execute pg_catalog.format('set local app.user_id = %L', the_user);
        else
          setting := pg_catalog.set_config('app.user_id', the_user::text, true);
        end if;
        update feeds set last_change = greatest(last_change + 1, first) + width - 1
          where user_id = the_user
          returning last_change - width + 1, coalesce(watched_until > clock, false) into change, watched;
        if not found then
          perform from users where id = the_user;
          if found then
            insert into feeds as feed (user_id, last_change, since)
              values (the_user, first + width - 1, first)
              on conflict (user_id) do update
                set last_change = greatest(feed.last_change + 1, excluded.since) + width - 1
              returning last_change - width + 1, coalesce(watched_until > clock, false)
              into change, watched;
          end if;
        end if;
        setting := coalesce(change::text, '');
        if is_distributed then
          execute pg_catalog.format('set local app.change = %L', setting);
        else
          setting := pg_catalog.set_config('app.change', setting, true);
        end if;
        return coalesce(watched, false);
      end`),
    hasPath: false,
  },
  enter_change_once: {
    parameters:
      'the_user uuid, width integer, the_key uuid, the_request uuid, out watched boolean,' +
      ' out is_full boolean, out is_same boolean, out the_task uuid, out its_version bigint,' +
      ' out its_status smallint',
    types: 'uuid, integer, uuid, uuid',
    returns: 'record',
    body: squeezed(`
      declare
        today integer;
      begin
        watched := enter_change(the_user, width);
        today := nullif(pg_catalog.current_setting('app.change'), '')::bigint / 86400000000;
        select reply.key is null and feeds.replies_day = today and feeds.replies >= 10000,
            reply.request = the_request, reply.task_id, reply.version, reply.status
          into is_full, is_same, the_task, its_version, its_status
          from feeds
            left join replies as reply
              on reply.user_id = the_user and reply.day in (today - 1, today) and reply.key = the_key
          where feeds.user_id = the_user;
        if is_full or its_status is not null then
          set local app.user_id = '';
        end if;
      end`),
    hasPath: false,
  },
  keep_reply: {
    parameters: 'the_user uuid, the_key uuid, the_request uuid, the_task uuid, the_status smallint',
    types: 'uuid, uuid, uuid, uuid, smallint',
    returns: 'void',
    body: squeezed(`
      declare
        change bigint  := nullif(pg_catalog.current_setting('app.change'), '');
        today  integer := change / 86400000000;
      begin
        perform from tasks where user_id = the_user and id = the_task and version = change;
        if not found then
          perform from trash where user_id = the_user and id = the_task and version = change;
        end if;
        if found then
          if change % 10 = 0 then
            delete from replies
              where user_id = the_user and day < today - 1 and (day, key) in (
                select old.day, old.key
                from replies as old
                where old.user_id = the_user and old.day < today - 1
                order by old.day, old.key
                limit 40
              );
          end if;
          insert into replies (user_id, day, key, request, task_id, version, status)
            values (the_user, today, the_key, the_request, the_task, change, the_status);
          update feeds
            set replies = case when replies_day = today then replies + 1 else 1 end,
              replies_day = today
            where user_id = the_user;
        end if;
      end`),
    hasPath: false,
  },
  refuse_unnumbered: {
    parameters: '',
    types: '',
    returns: 'bigint',
    body: squeezed(`
      begin
        raise read_only_sql_transaction using
          message = 'cannot write a task without a number of its feed',
          hint = 'Servers of this release take one. Stop those of earlier releases.';
      end`),
    hasPath: true,
  },
} as const satisfies Record<string, FunctionPlan>;
export type FunctionName = keyof typeof FUNCTIONS;

function squeezed(body: string): string {
  return body.trim().replaceAll(/\s+/g, ' ');
}

/** Settings that the isolation depends on, with the values that it needs. */
export const SETTINGS = {
  default_transaction_isolation: 'read committed',
  row_security: 'on',
  // Otherwise foreign keys do not act, and the rows of a deleted account stay.
  session_replication_role: 'origin',
} as const;

/** The setting that names the user of a transaction. */
export const SCOPE_SETTING = 'app.user_id';

/** Settings that must be unset when a session begins, and how they would be set. */
export const UNSET: Readonly<Record<string, string>> = {
  [SCOPE_SETTING]: 'in the scope of a user',
  'app.change': 'with a number of a feed',
};
