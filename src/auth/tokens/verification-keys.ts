import type { CryptoKey, FlattenedJWSInput, JWTHeaderParameters } from 'jose';

/** Keys that a token's signature may be checked with, and how current they are. */
export interface VerificationKeys {
  /** The only algorithms accepted (RFC 8725 §3.1). One kind of key never serves another's. */
  readonly algorithms: readonly string[];
  /** Grows whenever the keys change. What was verified under an earlier version is void. */
  readonly version: number;
  /**
   * @param arrivedAt when the token came, by `performance.now()`
   * @throws ProblemError `signing-key-unknown` while a key that is not known may be a new one
   */
  find(
    header: JWTHeaderParameters,
    token: FlattenedJWSInput,
    arrivedAt: number,
  ): Promise<CryptoKey | Uint8Array>;
  /** Whether `refresh` must be awaited before the keys, or anything verified by them, are used. */
  refreshDue(): boolean;
  /** @throws ProblemError `identity-provider-unavailable` when there are no keys to go on with */
  refresh(): Promise<void>;
}

/** One symmetric key that stays the same as long as the process runs. */
export function fixedKey(secret: Uint8Array): VerificationKeys {
  return {
    algorithms: ['HS256'],
    version: 0,
    find: () => Promise.resolve(secret),
    refreshDue: () => false,
    refresh: () => Promise.resolve(),
  };
}
