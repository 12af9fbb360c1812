import { type Mutant, mutant } from './mutant';

const ISOLATION = 'src/database/isolation';
const CANARY = 'integration/database/isolation/isolation-canary';
const WATCH = 'unit/database/isolation/isolation-watch';

/** What looks again while servers serve. */
export const WATCH_MUTANTS: readonly Mutant[] = [
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
    [WATCH, 'The watch over the isolation continues as before if it cannot look'],
  ),
];
