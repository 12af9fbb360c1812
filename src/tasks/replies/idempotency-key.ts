import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { KeyedWrite } from '../../database/keyed-write';
import { ProblemError } from '../../problems/problem-error';

/** Visible ASCII. */
export const IDEMPOTENCY_KEY_PATTERN = '^[!-~]{1,255}$';
const KEY = new RegExp(IDEMPOTENCY_KEY_PATTERN);

/** The whole request. */
export interface KeyedRequest {
  readonly operation: string;
  /** Absent where it is a new one. */
  readonly taskId?: string;
  /** Asked for where there is a key. */
  readonly content?: (() => object) | undefined;
  /** Those that If-Match names. */
  readonly versions?: readonly string[] | undefined;
}

/**
 * The key of a request, if it has one.
 * @throws ProblemError `idempotency-key-invalid`
 */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const { 'idempotency-key': key } = headers;
  return key === undefined ? undefined : requireKey(String(key));
}

/** @throws ProblemError `idempotency-key-invalid` */
function requireKey(key: string): string {
  if (KEY.test(key)) return key;
  // Node joins the fields of one name, and a key has no blank.
  if (key.includes(', ')) throw invalidKey('must be given once, with one key');
  throw invalidKey('must have 1 to 255 visible ASCII characters, and no blank');
}

export function invalidKey(detail: string): ProblemError {
  const faults = [{ header: 'Idempotency-Key', detail }];
  return new ProblemError('idempotency-key-invalid', { faults });
}

/** Digests of a key and of its request: neither is stored as it is. */
export function digestsOf(
  key: string,
  { operation, taskId, content, versions }: KeyedRequest,
): Pick<KeyedWrite, 'key' | 'request'> {
  const accepted = versions === undefined ? null : [...new Set(versions)].sort();
  const asked = [operation, taskId ?? null, entriesOf(content?.() ?? {}), accepted];
  return { key: digest(key), request: digest(JSON.stringify(asked)) };
}

/** The same however the body was written. */
function entriesOf(content: object): readonly (readonly [string, unknown])[] {
  return Object.entries(content)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** 128 bits, as PostgreSQL reads a UUID. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
