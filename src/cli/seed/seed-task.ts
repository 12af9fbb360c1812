import { v7 } from 'uuid';
import type { RecurrenceOrigin } from '../../tasks/dto/recurrence-rules';
import { PRIORITY_MAX } from '../../tasks/task.entity';
import { SeedRandom } from './seed-random';
import { ACTIVITIES, FOREIGN_TITLES, QUALIFIERS, SENTENCES, TAGS, TIME_ZONES } from './seed-words';

export interface SeedTask {
  /** UUIDv7 of `createdAtMs`. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly title: string;
  readonly description: string | null;
  readonly completed: boolean;
  readonly due: string | null;
  readonly time_zone: string | null;
  readonly recurrence: string | null;
  readonly recurrence_from: RecurrenceOrigin;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly parent_id: string | null;
  /** Undefined where it is open. */
  readonly completedAtMs: number | undefined;
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
  const { random, age, createdAtMs, id } = seedBirth(userNumber, taskNumber, untilMs);
  const title = titleFrom(random);
  const description = descriptionFrom(random);
  // Of the newest every sixth is done, of the oldest almost all are.
  const completed = random.fraction() < 0.15 + 0.75 * age;
  const dated = dueFrom(random, createdAtMs);
  return {
    id,
    createdAtMs,
    title,
    description,
    completed,
    ...dated,
    priority: random.fraction() < 0.6 ? 0 : 1 + Math.floor(random.fraction() * PRIORITY_MAX),
    tags: random.fraction() < 0.5 ? [] : tagsFrom(random),
    completedAtMs: completed
      ? createdAtMs + Math.floor(random.fraction() * (untilMs - createdAtMs))
      : undefined,
    parent_id: parentFrom(random, userNumber, taskNumber, untilMs),
    ...recurrenceFrom(random, !completed && dated.due !== null),
  };
}

function seedBirth(userNumber: number, taskNumber: number, untilMs: number) {
  const random = new SeedRandom(userNumber, taskNumber);
  const age = random.fraction();
  const createdAtMs = untilMs - 1 - Math.floor(age * YEAR_MS);
  const id = v7({ msecs: createdAtMs, random: random.bytes(UUID_BYTES) });
  return { random, age, createdAtMs, id };
}

/** The first of each ten is no subtask, and may have some of the others as subtasks. */
function parentFrom(
  random: SeedRandom,
  userNumber: number,
  taskNumber: number,
  untilMs: number,
): string | null {
  const first = taskNumber - ((taskNumber - 1) % TASKS_OF_A_FAMILY);
  if (first === taskNumber || random.fraction() < 0.7) return null;
  return seedBirth(userNumber, first, untilMs).id;
}

const TASKS_OF_A_FAMILY = 10;

const DAY_MS = 86_400_000;

/** Every second task is due within a month, half of these at a time of the day. */
function dueFrom(random: SeedRandom, createdAtMs: number): Pick<SeedTask, 'due' | 'time_zone'> {
  const kind = random.fraction();
  if (kind < 0.5) return { due: null, time_zone: null };
  const day = new Date(createdAtMs + Math.floor(random.fraction() * 30) * DAY_MS);
  const date = day.toISOString().slice(0, 'YYYY-MM-DD'.length);
  if (kind < 0.75) return { due: date, time_zone: null };
  const hour = String(8 + Math.floor(random.fraction() * 12)).padStart(2, '0');
  return { due: `${date}T${hour}:30`, time_zone: random.pick(TIME_ZONES) };
}

/** Every fifth task that may recur does so; a due on any day fits its rule. */
function recurrenceFrom(
  random: SeedRandom,
  mayRecur: boolean,
): Pick<SeedTask, 'recurrence' | 'recurrence_from'> {
  const recurs = random.fraction() < 0.2 && mayRecur;
  return {
    recurrence: recurs ? random.pick(RULES) : null,
    recurrence_from: recurs && random.fraction() < 0.3 ? 'completion' : 'due',
  };
}

const RULES = [
  'FREQ=DAILY',
  'FREQ=WEEKLY',
  'FREQ=WEEKLY;INTERVAL=2',
  'FREQ=MONTHLY',
  'FREQ=YEARLY',
] as const;

function tagsFrom(random: SeedRandom): readonly string[] {
  return [...new Set([random.pick(TAGS), random.pick(TAGS)])];
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
