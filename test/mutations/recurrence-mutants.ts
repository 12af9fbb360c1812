import { type Mutant, mutant } from './mutant';

const SUCCESSOR = 'src/tasks/writes/successor.statements.ts';
const RECURRING = 'e2e/tasks-recurring';

/** A task that recurs has one successor, of its own user, with a number of its own. */
export const RECURRENCE_MUTANTS: readonly Mutant[] = [
  mutant(
    'a successor belongs to somebody else',
    [SUCCESSOR, 'select :owner::uuid, :next::uuid', 'select :next::uuid, :next::uuid'],
    [RECURRING, 'completing a task that recurs is a change of both tasks, one after the other'],
  ),
  mutant(
    'a repeat makes one more successor',
    [SUCCESSOR, 'from current where not completed)', 'from current)'],
    [RECURRING, 'completing a task that recurs by twins at the same time makes one successor'],
  ),
  mutant(
    'a successor has the number of the task before it',
    [SUCCESSOR, '${CHANGE_NUMBER} + 1,', '${CHANGE_NUMBER},'],
    [RECURRING, 'completing a task that recurs is a change of both tasks, one after the other'],
  ),
];
