import { type Mutant, mutant } from './mutant';

const BATCH = 'src/database/batch/pipeline-batch.ts';
const SCOPES = 'src/database/batch/scope-statements.ts';
const ROW_SECURITY = 'integration/database/row-level-security';
const SCOPED_BATCH = 'integration/database/batch/pipeline-batch';
const LEAVES_NO_SCOPE =
  'gives each statement its own scope, and leaves none on the session (texts: kept)';

/** The scope on its way to the third layer. */
export const SCOPE_MUTANTS: readonly Mutant[] = [
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
    'the first scope counts for the whole explicit transaction',
    [
      BATCH,
      '...entryOf(scoped, this.#options)',
      '...entryOf({ ...scoped, scope: this.#statements[0]?.scope ?? scope }, this.#options)',
    ],
    [SCOPED_BATCH, `A scoped batch, in transaction scope, ${LEAVES_NO_SCOPE}`],
  ),
  mutant(
    'a failed transaction stays open for the next users',
    ['src/database/lanes/lane-connection.ts', `this.#run('rollback')`, `this.#run('select')`],
    [
      'integration/database/lanes/lane-failures',
      'One of eight statements in a batch, in transaction scope, 0 ms from the database, fails at once with 23514 (number 0), and the others are done once',
    ],
  ),
  mutant(
    'a transaction locks rows in the order in which they were asked for',
    [
      'src/database/lanes/lane-queue.ts',
      'this.#takeBatch().sort(byLockedRow)',
      'this.#takeBatch()',
    ],
    [
      'integration/database/lanes/lane-batches',
      'A batch on a lane, in transaction scope, never waits for one of another process that writes the same rows',
    ],
  ),
  mutant(
    'answers are those of the statement before',
    [BATCH, 'this.#commands[this.#completed]?.rows', 'this.#commands[this.#completed - 2]?.rows'],
    [SCOPED_BATCH, `A scoped batch, in implicit scope, ${LEAVES_NO_SCOPE}`],
  ),
  mutant(
    'the pool keeps a client whose transaction is open',
    ['src/database/pool/scoped-pool.ts', 'client.release(!isIdle ||', 'client.release('],
    [
      'integration/database/pool/scoped-pool',
      'ScopedPool, where a transaction stays open serves nobody else with that client',
    ],
  ),
  mutant(
    'sessions keep the powers of their login',
    ['src/database/session/database-session.ts', `role: 'task_api',`, `role: 'none',`],
    [
      ROW_SECURITY,
      'Without a scope, where DATABASE_URL names a superuser, a flush of a lane or the pool shows nothing (implicit)',
    ],
  ),
  mutant(
    'export and import have no scope',
    [
      'src/database/operator/scoped-transaction.ts',
      'client.query(ENTER_SCOPE_SQL, [userId])',
      `client.query('select $1::text', [userId])`,
    ],
    [
      'integration/database/operator/scoped-transaction',
      'A transaction of one user is of the role that serves requests, and sees own rows alone',
    ],
  ),
];
