import { basename } from 'node:path';

/**
 * What may not stand in a migration. Servers of the earlier version go on serving while it runs, so
 * it may not keep their statements waiting, nor take away what they use. Each law is an ESLint rule
 * `migration/<name>` about the SQL in `up`; test/architecture/migration-law.spec.ts shows that each
 * one bites. A table that the same migration makes has no users yet: most laws spare it.
 */

/** @type {import('./migrations.mjs').MigrationLaw[]} */
export const MIGRATION_LAWS = [
  {
    name: 'index-concurrently',
    message:
      'All writes wait while PostgreSQL reads the table. Call createIndexConcurrently, in a migration with transaction = false.',
    breaks: (sql) => /\b(create (unique )?|re|drop )index\b/.test(sql),
  },
  {
    name: 'no-rewrite',
    message:
      'PostgreSQL rewrites the whole table while everybody waits. Add a column that may be null, and fill it by inRowBatches. A domain of the same type rewrites nothing as long as it has no constraint.',
    except: [
      'migrations/1795883000000-constrain-columns-by-domains.ts',
      'migrations/1795885000001-constrain-positions-by-a-domain.ts',
    ],
    breaks: (sql) =>
      /\balter (column )?\S+ (set data )?type\b|\bset (un)?logged\b|\bvacuum full\b|\bcluster\b/.test(
        sql,
      ) ||
      /\badd (column )?.*(\b(small|big)?serial\b|\bidentity\b|\bstored\b|\bdefault [^,]*\b(gen_random_uuid|uuidv[47]|random|clock_timestamp|timeofday|nextval)\b)/.test(
        sql,
      ),
  },
  {
    name: 'validate-later',
    message:
      'Everybody waits while PostgreSQL checks all rows. Add the constraint NOT VALID, and validate it in a migration of its own. NOT NULL: first a valid CHECK (… IS NOT NULL), which SET NOT NULL reads instead, and drop that in the same migration.',
    breaks: (sql, { statements }) =>
      (/\badd (constraint|check|foreign key)\b/.test(sql) &&
        !/\bnot valid\b|\busing index\b/.test(sql)) ||
      /\badd (column )?.*\b(references|check ?\(|unique|primary key)\b/.test(
        sql.replace(/\badd (constraint|check|foreign key)\b.*/, ''),
      ) ||
      (/\bset not null\b/.test(sql) &&
        !statements.some((other) => /drop constraint/.test(other))) ||
      (/\bvalidate constraint\b/.test(sql) &&
        statements.some((other) => /\bnot valid\b/.test(other))),
  },
  {
    name: 'rows-in-batches',
    message:
      'It locks all these rows until it commits. Call inRowBatches, in a migration with transaction = false; its statement joins batch.',
    breaks: (sql) =>
      (/^(with .*)?\b(update (only )?\S+ (as \S+ |\S+ )?set|delete from)\b/.test(sql) ||
        /\binsert into\b.*\bselect\b/.test(sql)) &&
      !/\bbatch\b/.test(sql),
  },
  {
    name: 'keep-what-is-used',
    message:
      'Servers of the earlier version still use it. Add what is new beside it. What no released version uses any more is dropped by a migration whose file is named …-drop-….',
    except: ['migrations/*-drop-*.ts'],
    breaks: (sql) =>
      /\brename\b|^truncate\b|\bdrop (table|column|function|view|type|schema|policy|default)\b/.test(
        sql,
      ) || /\b(disable|no force) row level security\b/.test(sql),
  },
  {
    name: 'known-to-earlier-servers',
    message:
      'The isolation gate of servers of the earlier version refuses it, and they stop serving. A policy on an old table takes two releases; another body of a function that it compares (FUNCTIONS in isolation-plan.ts) begins with a comment of the name of the function and the time of the migration, such as /* enter_scope_1796000000000 */ (docs/decisions/0024-what-the-isolation-gate-refuses.md). Citus refuses triggers, and makes a restrictive policy permissive.',
    except: [
      'migrations/1795824000000-qualify-enter-scope.ts',
      'migrations/1795868000003-number-writes.ts',
      'migrations/1795882000000-quicken-enter-change.ts',
      'migrations/1795882000001-sweep-replies-less-often.ts',
    ],
    breaks: (sql, { time }) =>
      /\bcreate (or replace )?(constraint )?trigger\b|\b(create|alter) policy\b/.test(sql) ||
      Array.from(
        sql.matchAll(
          /\bcreate or replace function (enter_(?:scope|change|change_once)|keep_reply|refuse_unnumbered)\b(?:.*? as (?:\$\w*\$|') ?(\/\* \w+ \*\/))?/g,
        ),
      ).some(([, name, mark]) => mark !== `/* ${name}_${time} */`),
  },
  {
    name: 'one-constraint-a-statement',
    message:
      'Citus refuses ADD CONSTRAINT beside anything else in one ALTER TABLE. Write a statement for each constraint.',
    except: [
      'migrations/1795862000000-add-due-dates.ts',
      'migrations/1795880000000-add-parents-and-positions.ts',
      'migrations/1795881000000-add-recurrence.ts',
    ],
    breaks: (sql) =>
      /\balter table\b.*\badd constraint\b.*, ?(add|alter|drop|validate) |\balter table\b.*, ?add constraint\b/.test(
        sql,
      ),
  },
  {
    name: 'table-of-users',
    message:
      'Its rows are of users: call giveTableToUsers for it in this migration, which protects and distributes it, and adds the foreign key.',
    except: [
      'migrations/1795305600002-create-tasks.ts',
      'migrations/1795868000000-create-feeds.ts',
    ],
    breaks: (sql, { statements }) =>
      Array.from(
        sql.matchAll(/\bcreate table (?:if not exists )?"?(\w+)"? \([^;]*\buser_id\b/g),
        ([, name]) => name,
      ).some((name) => !statements.includes(name)),
  },
  {
    name: 'session-of-the-migrator',
    message:
      'Transactions, time-outs, locks and the search path are set by src/database/schema/data-source-options.ts, the same for all migrations.',
    spares: () => false,
    breaks: (sql) =>
      /^(begin|commit|rollback|savepoint|lock)\b/.test(sql) ||
      /^(set|reset)\b/.test(sql) ||
      /^select\b.*\bset_config\(/.test(sql),
  },
  {
    name: 'no-schema-by-name',
    message:
      'The tables may be in a schema of the operator. Leave the schema out; current_schema() names it.',
    spares: () => false,
    breaks: (sql) => /\bpublic\.|\bschema public\b|'public'/.test(sql),
  },
  {
    name: 'functions-name-schemas',
    message:
      'PostgreSQL looks for a better match in the whole search path. Write "set search_path from current" between the head and the body, or pg_catalog. before each function that the body calls.',
    except: ['migrations/1795305600003-create-enter-scope.ts'],
    spares: () => false,
    breaks: (sql) =>
      /\bcreate (or replace )?(function|procedure)\b/.test(sql) &&
      !/\bset search_path\b|\bpg_catalog\./.test(sql),
  },
];

const TARGET =
  /\b(?:alter table(?: if exists)?(?: only)?|on(?: only)?|update(?: only)?|delete from|insert into|truncate(?: table)?|cluster) "?(\w+)/;

/** Spares what concerns only tables that the same migration has made. */
function ofNewTable(sql, { created }) {
  const [, table] = TARGET.exec(sql) ?? [];
  return table !== undefined && created.has(table);
}

/** As the laws read it: lower case, one blank between words, without comments but the mark of a function. */
function normalised(text) {
  return text
    .replaceAll(/--.*$|\/\*(?! \w+_\d{13} \*\/)[^]*?\*\//gm, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

function rule({ message, breaks, spares = ofNewTable }) {
  return {
    meta: { type: 'problem', schema: [], messages: { broken: message } },
    create(context) {
      const [time] = /\d+/.exec(basename(context.filename)) ?? [];
      const found = [];
      const collect = (node, text) => found.push({ node, sql: normalised(text) });
      const inUp = 'MethodDefinition[key.name="up"]';
      return {
        [`${inUp} Literal`]: (node) => {
          if (typeof node.value === 'string') collect(node, node.value);
        },
        [`${inUp} TemplateLiteral`]: (node) =>
          collect(node, node.quasis.map(({ value }) => value.cooked).join('?')),
        'Program:exit'() {
          const statements = found.map(({ sql }) => sql);
          const created = new Set(
            statements.flatMap((sql) =>
              Array.from(
                sql.matchAll(/\bcreate table (?:if not exists )?"?(\w+)/g),
                ([, name]) => name,
              ),
            ),
          );
          const migration = { statements, created, time };
          for (const { node, sql } of found) {
            if (breaks(sql, migration) && !spares(sql, migration)) {
              context.report({ node, messageId: 'broken' });
            }
          }
        },
      };
    },
  };
}

const plugin = {
  rules: Object.fromEntries(MIGRATION_LAWS.map((law) => [law.name, rule(law)])),
};

/** One config object for each law; they need no type information. */
export const migrationConfigs = MIGRATION_LAWS.map(({ name, except = [] }) => ({
  name: `migration/${name}`,
  files: ['migrations/*.ts'],
  ignores: except,
  plugins: { migration: plugin },
  rules: { [`migration/${name}`]: 'error' },
}));
