import { v7 } from 'uuid';
import { SeedRandom } from './seed-random';
import { ACTIVITIES, FOREIGN_TITLES, QUALIFIERS, SENTENCES } from './seed-words';

export interface SeedTask {
  /** UUIDv7 of `createdAtMs`. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly title: string;
  readonly description: string | null;
  readonly completed: boolean;
}

const YEAR_MS = 365 * 86_400_000;

/**
 * One invented task. It depends on its numbers and the date alone, so a larger seed holds every
 * task of a smaller one.
 * @param userNumber from 1
 * @param taskNumber from 1, within the user
 * @param untilMs the task was created in the year before
 */
export function seedTask(userNumber: number, taskNumber: number, untilMs: number): SeedTask {
  const random = new SeedRandom(userNumber, taskNumber);
  const age = random.fraction();
  const createdAtMs = untilMs - 1 - Math.floor(age * YEAR_MS);
  return {
    id: v7({ msecs: createdAtMs, random: random.bytes(UUID_BYTES) }),
    createdAtMs,
    title: titleFrom(random),
    description: descriptionFrom(random),
    // Of the newest every sixth is done, of the oldest almost all are.
    completed: random.fraction() < 0.15 + 0.75 * age,
  };
}

/** The beginning of the year in which all tasks are created. */
export function yearBefore(untilMs: number): number {
  return untilMs - YEAR_MS;
}

const UUID_BYTES = 16;

function titleFrom(random: SeedRandom): string {
  if (random.fraction() < 0.03) return random.pick(FOREIGN_TITLES);
  const { verbs, objects } = random.pick(ACTIVITIES);
  return `${random.pick(verbs)} ${random.pick(objects)}${random.pick(QUALIFIERS)}`;
}

function descriptionFrom(random: SeedRandom): string | null {
  const kind = random.fraction();
  if (kind < 0.55) return null;
  if (kind < 0.9) return random.pick(SENTENCES);
  if (kind < 0.98) return sentences(random, 4).join(' ');
  return sentences(random, 12).join('\n\n');
}

function sentences(random: SeedRandom, count: number): readonly string[] {
  return Array.from({ length: count }, () => random.pick(SENTENCES));
}
