import type { Row } from './compiled-statement';

/**
 * Makes a write happen once: under one key nothing is written a second time
 * (docs/decisions/0039-replies-to-keyed-writes.md). Digests are 32 hexadecimal digits.
 */
export interface KeyedWrite {
  /** The digest of the key that the client gave. */
  readonly key: string;
  /** The digest of all that the request asks for. */
  readonly request: string;
  /** The task that is written, or goes to the trash. */
  readonly taskId: string;
  /** The status of the answer. */
  readonly status: number;
}

/** The stored part of the answer to a keyed write. */
export type Reply = Pick<KeyedWrite, 'taskId' | 'status'> & { readonly version: string };

/** Why a keyed write was not executed. */
export type KeyUse =
  | { readonly kind: 'repeated'; readonly reply: Reply }
  /** The key belongs to another request. */
  | { readonly kind: 'taken' }
  /** No more replies are stored today. */
  | { readonly kind: 'exhausted' };

/** Thrown instead of returning the rows of a write. Nothing was written. */
export class KeyUsedError extends Error {
  constructor(readonly use: KeyUse) {
    super(use.kind);
    this.name = 'KeyUsedError';
  }
}

/** @param row of `enter_change_once`, or of a statement with the same columns behind the first */
export function keyUseOf([, isFull, isSame, taskId, version, status]: Row): KeyUse | undefined {
  if (isFull === 't') return { kind: 'exhausted' };
  if (isSame == null) return undefined;
  if (isSame === 'f') return { kind: 'taken' };
  const reply = { taskId: taskId ?? '', version: version ?? '', status: Number(status) };
  return { kind: 'repeated', reply };
}
