import { type Mutant, mutant } from './mutant';

const READ_REPLICAS = 'e2e/read-replicas';
const LAST_CHANGE = 'src/database/batch/last-change.ts';

/** What keeps a replica from answering with less than the client knows. */
export const REPLICA_MUTANTS: readonly Mutant[] = [
  mutant(
    'a replica answers what it does not have yet',
    [
      LAST_CHANGE,
      'numberOf(before) >= (scope.readAfter ?? Infinity)',
      'scope.readAfter !== undefined',
    ],
    [
      READ_REPLICAS,
      'A read that names a change runs on the primary while the replica lacks that change, also one that deletes',
    ],
  ),
  mutant(
    'a read on the primary waits for no change that a replica shows',
    [LAST_CHANGE, ' for no key update', ''],
    [
      'e2e/read-replicas-faults',
      'A change that a replica shows before the primary is waited for by GET /api/me/tasks there',
    ],
  ),
  mutant(
    'the deletion of an account names no change',
    [LAST_CHANGE, `nullif(pg_catalog.current_setting('app.change', true), '')::bigint`, 'null'],
    [
      READ_REPLICAS,
      'A read that names a change shows nothing of an account that is erased, nor of the one before',
    ],
  ),
  mutant(
    'a page of changes ends before its token',
    [
      'src/changes/changes-reader.ts',
      'scope.includingChange(token.number)',
      'scope.includingChange(0)',
    ],
    [
      READ_REPLICAS,
      'A read that names a change follows the changes there, and never ends a page before its token',
    ],
  ),
];
