import type { LoggerService } from '@nestjs/common';
import { type ReadOutcome, Replicas } from '../../../src/database/replicas/replicas';
import { type ServedApplication, serveAt } from '../app/application-at';
import { PATIENT_WAITS } from '../app/patient-waits';
import type { FaultPostgres } from './fault-postgres';

/** A third of them holds at a replica. */
export const WAITS_WITH_REPLICAS = { ...PATIENT_WAITS, forLaneAnswer: 3_000, forAnswer: 6_000 };

/** Serves from a primary, and reads from these replicas of it. */
export function serveWithReplicas(
  primary: FaultPostgres,
  replicas: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  log?: LoggerService,
): Promise<ServedApplication> {
  return serveAt(
    { ...primary.endpoint, waits: WAITS_WITH_REPLICAS },
    { ...primary.variables(), DATABASE_REPLICA_URLS: replicas.join(), ...variables },
    log,
  );
}

/** What has become of reads so far. */
export function readOutcomesOf({ nest }: ServedApplication): Record<ReadOutcome, number> {
  return { ...nest.get(Replicas).outcomes };
}
