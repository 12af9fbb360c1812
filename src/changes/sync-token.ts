import { hash } from 'node:crypto';
import { canonicalUuid } from '../http/input/uuid';

const DAY_US = 86_400_000_000;
/** Tombstones are kept a day longer, so a good token never misses a deletion. */
const GOOD_FOR_US = 30 * DAY_US;
const HOUR_US = 3_600_000_000;

/** The feed of a user as one snapshot shows it. Numbers are microseconds since 1970. */
export interface Feed {
  readonly userId: string;
  /** Its first number: earlier ones are of another life of the account, or of before a restore. */
  readonly since: number;
  readonly lastChange: number;
  readonly now: number;
}

/** How far a client has read. */
export interface FeedPosition {
  /** Every change up to this number is known. */
  readonly number: number;
  /** When everything had been read; for a position amid changes, the time of that change. */
  readonly readAt: number;
  /** The last task that was read, while the client reads the existing tasks. */
  readonly taskId?: string | undefined;
}

/** The feed of a user without an account. Its one token is refused once the account exists. */
export function feedOfNobody(userId: string): Feed {
  return { userId, since: 0, lastChange: 0, now: 0 };
}

export interface SentToken extends FeedPosition {
  readonly text: string;
}

/** The form of every token; other texts may have it, too. */
export const SYNC_TOKEN_PATTERN = '^[0-9]{1,40}(?:-[0-9a-f-]{36})?$';
export const SYNC_TOKEN_MAX_LENGTH = 77;
const SHAPE = new RegExp(SYNC_TOKEN_PATTERN);
/** The number, the hour of `readAt`, check digits, and the task. */
const TOKEN = /^(\d{1,16})(\d{6})\d{6}(?:-(.*))?$/;

/**
 * Writes a position as an opaque text, which grows with the number. Check digits bind it to one user and
 * one life of the feed. They are no signature: row-level security confines whatever a client makes up.
 */
export function encodeSyncToken(
  { userId, since }: Pick<Feed, 'userId' | 'since'>,
  { number, readAt, taskId }: FeedPosition,
): string {
  const hours = String(Math.floor(readAt / HOUR_US)).padStart(6, '0');
  const bound = JSON.stringify([userId, since, number, hours, taskId ?? null]);
  const check = Number.parseInt(hash('sha256', bound).slice(0, 12), 16) % 1_000_000;
  const place = taskId === undefined ? '' : `-${taskId}`;
  return `${number}${hours}${String(check).padStart(6, '0')}${place}`;
}

/** What is wrong with a text that no answer can contain. */
export function syncTokenFault(text: unknown): string | undefined {
  if (typeof text !== 'string') return 'must be given once';
  return SHAPE.test(text)
    ? undefined
    : 'must be `next`, or the `id` of an event, exactly as the API gave it';
}

/** Whether it is the token that this user was given without an account. */
export function isOfNobody(text: string, userId: string): boolean {
  const token = parseSyncToken(text);
  return token?.number === 0 && isGood(token, feedOfNobody(userId));
}

/** Whether the first token was issued in a later hour, and so lasts longer. */
export function isLaterHour(text: string, than: string): boolean {
  return (parseSyncToken(text)?.readAt ?? 0) > (parseSyncToken(than)?.readAt ?? 0);
}

/** @returns undefined where this is no token of this release */
export function parseSyncToken(text: string): SentToken | undefined {
  const [, number, hours, taskId] = TOKEN.exec(text) ?? [];
  if (number === undefined || (taskId !== undefined && canonicalUuid(taskId) !== taskId)) return;
  return { text, number: Number(number), readAt: Number(hours) * HOUR_US, taskId };
}

/**
 * Whether the changes from there on are complete. A token that knows the last change never expires;
 * any other lasts for 30 days, since tombstones expire. Refused writes take numbers, too.
 */
export function isGood(token: SentToken, feed: Feed): boolean {
  if (encodeSyncToken(feed, token) !== token.text) return false;
  if (token.number === feed.lastChange) return true;
  return token.number < feed.lastChange && token.readAt >= feed.now - GOOD_FOR_US;
}
