import { v7 } from 'uuid';
import { uuidv7 } from 'uuidv7';
import { invalidKey } from './replies/idempotency-key';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1_000;
/** Clients' clocks run ahead too. */
export const KEY_LEAD_MS = 5 * 60 * 1_000;

/** A new task's id and its time, from one reading of the clock. */
export interface NewTask {
  /** UUIDv7. */
  readonly id: string;
  /** The id's own millisecond, since the epoch. */
  readonly createdAtMs: number;
}

/** A task that is made now. */
export function newTask(): NewTask {
  const id = uuidv7();
  return { id, createdAtMs: uuidTime(id) };
}

/** Distinguishes ids of one millisecond; the same place always gives the same id. */
export interface TaskOrigin {
  /** Ids of one time are in this order. */
  readonly seq: number;
  readonly random: Uint8Array;
}

/** A task that comes from elsewhere without an id. */
export function newTaskAt(createdAtMs: number, origin?: TaskOrigin): NewTask {
  return { id: v7({ msecs: createdAtMs, ...origin }), createdAtMs };
}

/** The task that has this id; undefined where no task can have it. */
export function newTaskWithId(text: string): NewTask | undefined {
  if (!UUID_V7.test(text)) return undefined;
  const id = text.toLowerCase();
  return { id, createdAtMs: uuidTime(id) };
}

/**
 * The task that an Idempotency-Key names: the key becomes its id, so a repeat meets the first. Only a
 * UUIDv7 does.
 * @throws ProblemError `idempotency-key-invalid`
 */
export function newTaskWithKey(key: string, nowMs = Date.now()): NewTask | undefined {
  const task = newTaskWithId(key);
  if (task === undefined) return undefined;
  if (task.createdAtMs < nowMs - KEY_LIFETIME_MS) {
    throw invalidKey('is a UUIDv7 older than 24 hours');
  }
  if (task.createdAtMs > nowMs + KEY_LEAD_MS) {
    throw invalidKey('is a UUIDv7 of the future: its clock is more than 5 minutes fast');
  }
  return task;
}

/** Greater than every id of the millisecond before `ms`, and at most any id of `ms` itself. */
export function firstIdOf(ms: number): string {
  return `${timePart(ms)}-0000-0000-000000000000`;
}

/** At least any id of the millisecond `ms`. */
export function lastIdOf(ms: number): string {
  return `${timePart(ms)}-ffff-ffff-ffffffffffff`;
}

function timePart(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** The 48-bit millisecond of a UUIDv7 (RFC 9562 §5.7). */
function uuidTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
