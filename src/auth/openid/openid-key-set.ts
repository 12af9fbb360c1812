import { type CryptoKey, errors, type FlattenedJWSInput, type JWTHeaderParameters } from 'jose';
import { ProblemError } from '../../problems/problem-error';
import { isPattern, type VerificationKeys } from '../tokens/trusted-issuer';
import { IdentityProvider } from './identity-provider';
import { discoverJwksUrl } from './openid-discovery';
import { PublishedKeys } from './published-keys';

/** All in milliseconds. */
export interface KeySetTiming {
  /** A key that the provider withdraws is honoured for at most this long. */
  readonly maximumAge: number;
  /** The same while the provider cannot be reached: availability comes first, up to this age. */
  readonly maximumAgeInOutage: number;
  /** How often a token with an unknown key may make us read the keys again. */
  readonly cooldown: number;
  /** How long one document of the provider may take. */
  readonly timeout: number;
}

export const KEY_SET_TIMING: KeySetTiming = {
  maximumAge: 5 * 60_000,
  maximumAgeInOutage: 60 * 60_000,
  cooldown: 5_000,
  timeout: 3_000,
};

export const PUBLIC_KEY_ALGORITHMS: readonly string[] = [
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
];

/** The most unknown key names that are remembered. */
const REMEMBERED_NAMES = 1_000;

/**
 * The current public keys of an OpenID provider. The API starts even while the provider is down.
 *
 * A token whose key is not known may be the first of a new key. The keys are then read again, once
 * for all such tokens and at most once in `cooldown`; a token that arrives meanwhile has to wait,
 * because it is not known yet whether it is valid.
 */
export class OpenIdKeySet implements VerificationKeys {
  readonly algorithms = PUBLIC_KEY_ALGORITHMS;
  readonly #issuer: string;
  readonly #configuredUrl: URL | undefined;
  readonly #timing: KeySetTiming;
  readonly #provider: IdentityProvider;
  #discoveredUrl: URL | undefined;
  #keys: PublishedKeys | undefined;
  #version = 0;
  #loading: Promise<void> | undefined;
  /** When the last reading that succeeded began, and when it ended. */
  #askedAt = -Infinity;
  #readAt = -Infinity;
  /** Key names that the last reading lacked. */
  readonly #missing = new Set<string>();

  /** @param jwksUrl absent: found by discovery */
  constructor(issuer: string, jwksUrl?: string, timing = KEY_SET_TIMING) {
    this.#issuer = issuer;
    this.#configuredUrl = jwksUrl === undefined ? undefined : new URL(jwksUrl);
    this.#timing = timing;
    this.#provider = new IdentityProvider(timing.timeout);
  }

  get version(): number {
    return this.#version;
  }

  async find(
    header: JWTHeaderParameters,
    token: FlattenedJWSInput,
    arrivedAt: number,
  ): Promise<CryptoKey> {
    try {
      return await (await this.#open()).find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.#seek(nameOf(header), arrivedAt);
    try {
      return await (await this.#open()).find(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) this.#miss(nameOf(header), arrivedAt);
      throw error;
    }
  }

  refreshDue(): boolean {
    if (this.#age < this.#timing.maximumAge) return false;
    return !(this.#usableInOutage && this.#provider.resting);
  }

  async refresh(): Promise<void> {
    const loading = this.#load();
    if (this.#provider.failing && this.#usableInOutage) {
      // No request waits for a provider that is known to be down; later requests use the result.
      loading.catch(() => undefined);
      return;
    }
    try {
      await loading;
    } catch (error) {
      if (!this.#usableInOutage) throw error;
    }
  }

  /** On the monotonic clock: a corrected system clock must not prolong the life of a key. */
  get #age(): number {
    return performance.now() - this.#readAt;
  }

  get #usableInOutage(): boolean {
    return this.#age < this.#timing.maximumAgeInOutage;
  }

  async #open(): Promise<PublishedKeys> {
    if (this.#keys === undefined) await this.#load();
    if (this.#keys === undefined) throw new Error('The keys were read, and are not there');
    return this.#keys;
  }

  /**
   * Reads the keys again for an unknown key.
   * @throws ProblemError `signing-key-unknown` if they may not be read again yet
   */
  async #seek(name: string, arrivedAt: number): Promise<void> {
    if (this.#askedAt >= arrivedAt || this.#missing.has(name)) return;
    if (this.#cooldownMs > 0) throw keyUnknown(this.#cooldownMs);
    await this.#load();
  }

  /**
   * @throws ProblemError `signing-key-unknown` if the last reading began before the token arrived
   */
  #miss(name: string, arrivedAt: number): void {
    if (this.#missing.has(name)) return;
    if (this.#askedAt < arrivedAt) throw keyUnknown(this.#cooldownMs);
    if (this.#missing.size < REMEMBERED_NAMES) this.#missing.add(name);
  }

  get #cooldownMs(): number {
    return this.#askedAt + this.#timing.cooldown - performance.now();
  }

  /** Reads the keys, once for all concurrent callers. */
  #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #read(): Promise<void> {
    const askedAt = performance.now();
    const url = await this.#locate();
    let keys: PublishedKeys;
    try {
      keys = await this.#provider.read(
        url,
        (document) => new PublishedKeys(document, isPattern(this.#issuer)),
      );
    } catch (error) {
      // The provider may have moved them.
      this.#discoveredUrl = undefined;
      throw error;
    }
    this.#missing.clear();
    this.#askedAt = askedAt;
    this.#readAt = performance.now();
    if (keys.text === this.#keys?.text) return;
    this.#keys = keys;
    this.#version += 1;
  }

  async #locate(): Promise<URL> {
    if (this.#configuredUrl !== undefined) return this.#configuredUrl;
    this.#discoveredUrl ??= await discoverJwksUrl(this.#issuer, this.#provider);
    return this.#discoveredUrl;
  }
}

/** A token without `kid` seeks a key of its algorithm. */
function nameOf({ alg, kid }: JWTHeaderParameters): string {
  return `${alg} ${kid ?? ''}`;
}

function keyUnknown(waitMs: number): ProblemError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new ProblemError('signing-key-unknown', {
    headers: { 'Retry-After': String(seconds) },
    reason: 'The key of the access token is not known yet',
  });
}
