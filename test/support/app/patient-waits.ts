import { DATABASE_WAITS, type DatabaseWaits } from '../../../src/database/limits';

/** Where the machine is busy with other things, a test that is not about waits may wait longer. */
export const PATIENT_WAITS: DatabaseWaits = Object.fromEntries(
  Object.entries(DATABASE_WAITS).map(([name, milliseconds]) => [name, 10 * milliseconds]),
) as Record<keyof DatabaseWaits, number>;
