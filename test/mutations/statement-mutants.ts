import { type Mutant, mutant } from './mutant';

const STATEMENTS = 'src/tasks/tasks.statements.ts';
const SEARCH = 'src/tasks/search/tasks.search.ts';
const FILTERS = 'src/tasks/search/search-filters.ts';
const PREDICATE = 'integration/database/owner-predicate';
const ALONE = 'The owner predicate alone, without row-level security,';

/** The second layer: the owner in every statement. */
export const STATEMENT_MUTANTS: readonly Mutant[] = [
  mutant(
    'one task is found by its id alone',
    [
      'src/tasks/writes/write-task.statements.ts',
      `const OWNED = 'userId = :owner and id = :id'`,
      `const OWNED = ':owner::uuid is not null and id = :id'`,
    ],
    [PREDICATE, `${ALONE} touches own rows alone`],
  ),
  mutant(
    'a parent is looked for among the tasks of everybody',
    [
      'src/tasks/tree/parent.statements.ts',
      'when not exists (select from tasks where user_id = ${owner} and id = ${parent})',
      'when not exists (select from tasks where id = ${parent})',
    ],
    [PREDICATE, `${ALONE} takes neither a parent nor a neighbour from another user`],
  ),
  mutant(
    'a neighbour is looked for among the tasks of everybody',
    [
      'src/tasks/order/task-order.statements.ts',
      'from tasks where user_id = :owner and id = ${id})',
      'from tasks where :owner::uuid is not null and id = ${id})',
    ],
    [PREDICATE, `${ALONE} takes neither a parent nor a neighbour from another user`],
  ),
  ...[
    ['moved', 'position is not null'],
    ['other', 'position is null'],
  ].map(([kind, condition]) =>
    mutant(
      `the nearest neighbour is looked for among the ${kind} tasks of everybody`,
      [
        'src/tasks/order/task-order.statements.ts',
        `where user_id = :owner and ${condition}`,
        `where :owner::uuid is not null and ${condition}`,
      ],
      [PREDICATE, 'The owner predicate is in a move beside a task'],
    ),
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
      'from tasks\n  where user_id = $1 and id > coalesce',
      'from tasks\n  where $1::uuid is not null and id > coalesce',
    ],
    [PREDICATE, 'The owner predicate is in every statement of export and import'],
  ),
];
