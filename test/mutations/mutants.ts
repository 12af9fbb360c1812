import { GATE_MUTANTS } from './gate-mutants';
import { GUARD_MUTANTS } from './guard-mutants';
import type { Mutant } from './mutant';
import { NUMBER_MUTANTS } from './number-mutants';
import { RECURRENCE_MUTANTS } from './recurrence-mutants';
import { REPLICA_MUTANTS } from './replica-mutants';
import { SCHEMA_MUTANTS } from './schema-mutants';
import { SCOPE_MUTANTS } from './scope-mutants';
import { STATEMENT_MUTANTS } from './statement-mutants';
import { WATCH_MUTANTS } from './watch-mutants';

/** Layer by layer, as docs/security.md has them. */
export const MUTANTS: readonly Mutant[] = [
  ...GUARD_MUTANTS,
  ...STATEMENT_MUTANTS,
  ...SCOPE_MUTANTS,
  ...NUMBER_MUTANTS,
  ...RECURRENCE_MUTANTS,
  ...REPLICA_MUTANTS,
  ...SCHEMA_MUTANTS,
  ...GATE_MUTANTS,
  ...WATCH_MUTANTS,
];
