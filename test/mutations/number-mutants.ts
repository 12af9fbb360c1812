import { type Mutant, mutant } from './mutant';

const ENTER_CHANGE = 'migrations/1795882000000-quicken-enter-change.ts';
const NUMBER_WRITES = 'migrations/1795868000003-number-writes.ts';
const SCOPED_BATCH = 'integration/database/batch/pipeline-batch';
const FEED_NUMBERS = 'integration/database/feed-numbers';

const WRITE_LEAVES_NOTHING =
  'A scoped batch, in implicit scope, gives a write a number, too, and leaves neither on the session (texts: kept)';

/** The number of a write, and the scope that comes with it. */
export const NUMBER_MUTANTS: readonly Mutant[] = [
  mutant(
    'the scope of a write is set for the session',
    [ENTER_CHANGE, `'app.user_id', the_user::text, true`, `'app.user_id', the_user::text, false`],
    [SCOPED_BATCH, WRITE_LEAVES_NOTHING],
  ),
  mutant(
    'the number of a write is set for the session',
    [ENTER_CHANGE, `'app.change', setting, true`, `'app.change', setting, false`],
    [SCOPED_BATCH, WRITE_LEAVES_NOTHING],
  ),
  mutant(
    'a write forgets its number',
    [
      'src/tasks/tasks.statements.ts',
      `name: 'task_complete',\n      numbers: 1,`,
      `name: 'task_complete',`,
    ],
    [
      'integration/database/statement-discipline',
      'A request in implicit scope runs task_complete alone beside the scope: patch /api/me/tasks/:id/complete',
    ],
  ),
  mutant(
    'a task can be changed without a number',
    [NUMBER_WRITES, 'using (true) with check (version >= ${change})', 'using (true)'],
    [FEED_NUMBERS, 'The numbers of a feed are needed to write: replace'],
  ),
  mutant(
    'a task can be deleted without a number',
    [NUMBER_WRITES, 'using (${change} > 0)', 'using (true)'],
    [FEED_NUMBERS, 'The numbers of a feed are needed to write: delete'],
  ),
];
