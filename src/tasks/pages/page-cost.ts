import type { StatementValue } from '../../database/compiled-statement';

/** In all its pages: with the longest texts these are 32 MB, which Node holds until the last has come. */
export const TASKS_OF_A_BATCH = 800;

/** Of a statement whose third value is a limit: one more than the page has. */
export function costOfPage([, , limit]: readonly StatementValue[]): number {
  return (Number(limit) - 1) / TASKS_OF_A_BATCH;
}
