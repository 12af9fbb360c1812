import { type Mutant, mutant } from './mutant';
import { NUMBER_MUTANTS } from './number-mutants';

const GUARD = 'src/user-scope/user-scope.guard.ts';
const BATCH = 'src/database/lanes/pipeline-batch.ts';
const SCOPES = 'src/database/lanes/scope-statements.ts';
const STATEMENTS = 'src/tasks/tasks.statements.ts';
const SEARCH = 'src/tasks/search/tasks.search.ts';
const FILTERS = 'src/tasks/search/search-filters.ts';
const CREATE_TASKS = 'migrations/1795305600002-create-tasks.ts';
const ISOLATION = 'src/database/isolation';

const UNIT_GUARD = 'unit/user-scope/user-scope.guard';
const PREDICATE = 'integration/database/owner-predicate';
const ROW_SECURITY = 'integration/database/row-level-security';
const SCOPED_BATCH = 'integration/database/lanes/pipeline-batch';
const FINDINGS = 'integration/database/isolation/isolation-findings';
const GATE = 'integration/database/isolation/isolation-gate';
const CANARY = 'integration/database/isolation/isolation-canary';
const WATCH = 'unit/database/isolation/isolation-watch';

const LEAVES_NO_SCOPE =
  'gives each statement its own scope, and leaves none on the session (texts: kept)';
const ALONE = 'The owner predicate alone, without row-level security,';
const IMPLICIT_READS =
  'Row-level security, with implicit transactions holds on the lanes where a statement forgets the owner when it reads';
const BROKEN =
  'The isolation gate keeps everybody out, and opens again once its own advice has been followed, where';
const GATE_IS_OPEN = /The gate is open|toContain/;

/** The first layer: who may touch whose rows. */
const GUARD_MUTANTS: readonly Mutant[] = [
  mutant(
    'the guard lets everybody into every path',
    [GUARD, `throw new ProblemError('forbidden');`, 'void 0;'],
    [
      UNIT_GUARD,
      'the guard refuses the path of "1c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5", and mints nothing',
      /It was accepted/,
    ],
  ),
  {
    ...mutant(
      'the guard mints the scope of the path',
      [GUARD, `throw new ProblemError('forbidden');`, 'void 0;'],
      [
        UNIT_GUARD,
        'the guard refuses the path of "1c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5", and mints nothing',
        /It was accepted/,
      ],
    ),
    edits: [
      { file: GUARD, from: `throw new ProblemError('forbidden');`, to: 'void 0;' },
      {
        file: GUARD,
        from: 'UserScope.of(identity.userId)',
        to: 'UserScope.of(pathUser ?? identity.userId)',
      },
    ],
  },
  mutant(
    'a route is open unless it says otherwise',
    [GUARD, '?? false', '?? true'],
    [UNIT_GUARD, 'the guard mints the scope of the caller for the path of me, at once'],
  ),
  mutant(
    'a token may do what it names no scope for',
    [GUARD, 'scope !== undefined && !holds', 'scope === undefined && !holds'],
    [UNIT_GUARD, 'the guard asks for the scope of the route: {} may: false', /It was accepted/],
  ),
  mutant(
    'requests are served while the isolation is lost',
    [GUARD, 'if (lost !== undefined) throw lost;', 'void lost;'],
    [
      UNIT_GUARD,
      'the guard mints nothing while the database does not isolate users',
      /did not throw/,
    ],
  ),
];

/** The second layer: the owner in every statement. */
const STATEMENT_MUTANTS: readonly Mutant[] = [
  mutant(
    'one task is found by its id alone',
    [
      STATEMENTS,
      `const OWNED = 'userId = :owner and id = :id'`,
      `const OWNED = ':owner::uuid is not null and id = :id'`,
    ],
    [PREDICATE, `${ALONE} touches own rows alone`],
  ),
  mutant(
    'the list has no owner',
    [
      STATEMENTS,
      `      .where('task.userId = :owner')\n      .andWhere`,
      `      .where(':owner::uuid is not null')\n      .andWhere`,
    ],
    [PREDICATE, `${ALONE} shows own rows alone`],
  ),
  mutant(
    'a search has no owner',
    [SEARCH, `['tasks.user_id = $1',`, `['$1::uuid is not null',`],
    [PREDICATE, `${ALONE} searches own rows alone, whatever is asked`],
  ),
  mutant(
    'a search loses the parentheses of its alternatives',
    [
      FILTERS,
      '`(lower(title) ${found} or lower(description) ${found})`',
      '`lower(title) ${found} or lower(description) ${found}`',
    ],
    [PREDICATE, `${ALONE} searches own rows alone, whatever is asked`],
  ),
  mutant(
    'a page behind tasks without a due loses the parentheses of its alternatives',
    [
      SEARCH,
      'nullable ? `(${beyond} or ${column} is null)` : beyond',
      'nullable ? `${beyond} or ${column} is null` : beyond',
    ],
    [PREDICATE, 'The owner predicate is in every list that a client can ask for'],
  ),
  mutant(
    'the summary has no owner',
    [
      'src/tasks/tasks.summary.ts',
      'where user_id = $1 and not completed',
      'where $1::uuid is not null and not completed',
    ],
    [PREDICATE, 'The owner predicate is in the summary'],
  ),
  mutant(
    'a count has no owner',
    [
      SEARCH,
      'from (select count(*) as total from tasks where ${matches}) counted',
      'from (select count(*) as total from tasks where $1::uuid is not null) counted',
    ],
    [PREDICATE, `${ALONE} searches own rows alone, whatever is asked`],
  ),
  mutant(
    'an account is found without its id',
    [
      'src/users/users.statements.ts',
      `.where('user.id = :owner')`,
      `.where(':owner::uuid is not null')`,
    ],
    [PREDICATE, `${ALONE} shows own rows alone`],
  ),
  mutant(
    'deleting an account deletes all of them',
    [
      'src/users/users.statements.ts',
      `.delete().where('id = :owner')`,
      `.delete().where(':owner::uuid is not null')`,
    ],
    [PREDICATE, 'The owner predicate is in the statement that erases an account'],
  ),
  mutant(
    'an export has no owner',
    [
      'src/tasks/transfer/task-transfer.statements.ts',
      'where user_id = $1 and id > coalesce',
      'where $1::uuid is not null and id > coalesce',
    ],
    [PREDICATE, 'The owner predicate is in every statement of export and import'],
  ),
];

/** The scope on its way to the third layer. */
const SCOPE_MUTANTS: readonly Mutant[] = [
  mutant(
    'a scope is set for the session',
    [SCOPES, `set_config('app.user_id', $1, true)`, `set_config('app.user_id', $1, false)`],
    [SCOPED_BATCH, `A scoped batch, in implicit scope, ${LEAVES_NO_SCOPE}`],
  ),
  mutant(
    'the scope of explicit transactions is set for the session',
    [
      'migrations/1795824000000-qualify-enter-scope.ts',
      `pg_catalog.format('set local app.user_id`,
      `pg_catalog.format('set app.user_id`,
    ],
    [SCOPED_BATCH, `A scoped batch, in transaction scope, ${LEAVES_NO_SCOPE}`],
  ),
  mutant(
    'no scope is set',
    [SCOPES, `set_config('app.user_id', $1, true)`, `set_config('app.user_xy', $1, true)`],
    [SCOPED_BATCH, `A scoped batch, in implicit scope, ${LEAVES_NO_SCOPE}`],
  ),
  mutant(
    'the first scope counts for the whole batch',
    [
      BATCH,
      '...entryOf(scoped, this.#options)',
      '...entryOf({ ...scoped, scope: this.#statements[0]?.scope ?? scope }, this.#options)',
    ],
    [SCOPED_BATCH, `A scoped batch, in implicit scope, ${LEAVES_NO_SCOPE}`],
  ),
  mutant(
    'answers are those of the statement before',
    [BATCH, 'this.#commands[this.#completed]?.rows', 'this.#commands[this.#completed - 2]?.rows'],
    [SCOPED_BATCH, `A scoped batch, in implicit scope, ${LEAVES_NO_SCOPE}`],
  ),
  mutant(
    'the pool keeps a client whose transaction is open',
    ['src/database/scoped-pool.ts', 'client.release(!isIdle ||', 'client.release('],
    [
      'integration/database/scoped-pool',
      'ScopedPool, where a transaction stays open serves nobody else with that client',
    ],
  ),
  mutant(
    'sessions keep the powers of their login',
    ['src/database/database-session.ts', `role: 'task_api',`, `role: 'none',`],
    [
      ROW_SECURITY,
      'Without a scope, where DATABASE_URL names a superuser, a flush of a lane or the pool shows nothing (implicit)',
    ],
  ),
  mutant(
    'export and import have no scope',
    ['src/database/scoped-transaction.ts', `'select enter_scope($1::uuid)'`, `'select $1::text'`],
    [
      'integration/database/scoped-transaction',
      'A transaction of one user is of the role that serves requests, and sees own rows alone',
    ],
  ),
];

const OWN_TASKS = `'')::uuid)\n        with check (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`;

/** The third layer: what the migrations make. */
const SCHEMA_MUTANTS: readonly Mutant[] = [
  mutant(
    'row-level security is not enabled',
    [CREATE_TASKS, 'enable row level security, force', 'no force'],
    [ROW_SECURITY, IMPLICIT_READS],
  ),
  mutant(
    'row-level security does not bind the owner',
    [CREATE_TASKS, ', force row level security', ''],
    [
      GATE,
      'The isolation gate lets in the role task_api itself, and leaves nothing behind',
      /not enabled and forced/,
    ],
  ),
  mutant(
    'a policy shows what is completed, and takes it',
    [CREATE_TASKS, OWN_TASKS, OWN_TASKS.replaceAll('::uuid)', '::uuid or completed)')],
    [ROW_SECURITY, IMPLICIT_READS],
  ),
  mutant(
    'a policy lets everything be written',
    [
      CREATE_TASKS,
      `with check (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`,
      'with check (true)',
    ],
    [ROW_SECURITY, IMPLICIT_READS.replace('reads', 'writes')],
  ),
  mutant(
    'the role may truncate',
    [CREATE_TASKS, 'update, delete on', 'update, delete, truncate on'],
    [
      ROW_SECURITY,
      'Without a scope, where DATABASE_URL names task_api, TypeORM shows nothing, and writes nothing',
    ],
  ),
];

/** What watches the third layer. */
const WATCHING_MUTANTS: readonly Mutant[] = [
  mutant(
    'the gate does not see that row-level security is off',
    [
      `${ISOLATION}/table-findings.ts`,
      'if (!facts.isProtected) {',
      'if (facts.policies.length > 9) {',
    ],
    [FINDINGS, `${BROKEN} row-level security does not bind the owner`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate does not read policies',
    [
      `${ISOLATION}/table-findings.ts`,
      "return !isRestrictive && command === 'all' && using === own && (check ?? using) === own;",
      "return own.length > 0 || isRestrictive || command === 'all' || using === check;",
    ],
    [FINDINGS, `${BROKEN} a policy shows what is completed, and takes it`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate accepts more rights',
    [`${ISOLATION}/table-findings.ts`, '!needed.includes(right)', `right === 'delete'`],
    [FINDINGS, `${BROKEN} rows can be removed past every policy`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate does not see triggers',
    [`${ISOLATION}/table-facts.ts`, 'not tgisinternal', 'tgisinternal and false'],
    [FINDINGS, `${BROKEN} a trigger runs in the transactions of users`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate does not see the detour by a view',
    [
      `${ISOLATION}/table-facts.ts`,
      `where classid = 'pg_rewrite'::regclass and`,
      'where false and',
    ],
    [
      FINDINGS,
      `${BROKEN} a view shows the rows of everybody, also by way of another`,
      GATE_IS_OPEN,
    ],
  ),
  mutant(
    'the gate accepts a default scope',
    [
      `${ISOLATION}/session-findings.ts`,
      'if (!preset.includes(setting) && remedies.length === 0) return [];',
      'if (!preset.includes(setting) || remedies.length >= 0) return [];',
    ],
    [FINDINGS, `${BROKEN} sessions begin in the scope of a user`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate looks after the foreign key of tasks alone',
    [`${ISOLATION}/table-facts.ts`, 'owner_column is null or', `name <> 'tasks' or`],
    [FINDINGS, `${BROKEN} foreign keys are switched off, on any table`],
  ),
  mutant(
    'the gate accepts another isolation level',
    [`${ISOLATION}/isolation-plan.ts`, `  default_transaction_isolation: 'read committed',\n`, ''],
    [FINDINGS, `${BROKEN} transactions are of another isolation level`, GATE_IS_OPEN],
  ),
  mutant(
    'the gate does not see what a session may become',
    [`${ISOLATION}/session-findings.ts`, '    ...becomingFindings(facts),\n', ''],
    [
      GATE,
      'The isolation gate keeps out a login without startup options, and opens once its advice has been followed, that is a member of pg_read_all_data',
      GATE_IS_OPEN,
    ],
  ),
  mutant(
    'the gate does not see what shadows the tables',
    [`${ISOLATION}/session-findings.ts`, '    ...pathFindings(facts),\n', ''],
    [
      GATE,
      'The isolation gate keeps out a login without startup options, and opens once its advice has been followed, that finds other tables of the same names first',
      GATE_IS_OPEN,
    ],
  ),
  mutant(
    'the canary is blind to what others see',
    [`${ISOLATION}/isolation-canary.ts`, 'return rows.length > 0;', 'return rows.length > 9;'],
    [CANARY, 'The isolation canary sees that a policy shows and takes everything in tasks'],
  ),
  mutant(
    'the canary never looks without a scope',
    [
      `${ISOLATION}/isolation-canary.ts`,
      `if (await shows(client, table, ''))`,
      `if (table.length > 9)`,
    ],
    [CANARY, 'The isolation canary sees that a policy shows rows where the scope was never set'],
  ),
  mutant(
    'the watch never refuses',
    [`${ISOLATION}/isolation-watch.ts`, 'WRONG_IN_A_ROW = 2', 'WRONG_IN_A_ROW = 9'],
    [
      WATCH,
      'The watch over the isolation refuses requests after two wrong looks in a row, until one is right',
    ],
  ),
  mutant(
    'the watch takes a look that failed for a right one',
    [
      `${ISOLATION}/isolation-watch.ts`,
      `this.#conclude('failed', this.#verdict.lost);`,
      'this.#foundRight();',
    ],
    [WATCH, 'The watch over the isolation goes on as before where it cannot look'],
  ),
];

export const MUTANTS: readonly Mutant[] = [
  ...GUARD_MUTANTS,
  ...STATEMENT_MUTANTS,
  ...SCOPE_MUTANTS,
  ...NUMBER_MUTANTS,
  ...SCHEMA_MUTANTS,
  ...WATCHING_MUTANTS,
];
