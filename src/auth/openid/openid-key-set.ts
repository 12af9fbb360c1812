import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type ExportedJWKSCache,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  jwksCache,
} from 'jose';
import { IdentityProvider } from './identity-provider';
import { discoverJwksUrl } from './openid-discovery';
import type { VerificationKeys } from '../verification-keys';

/** All in milliseconds. */
export interface KeySetTiming {
  /** A key that the provider withdraws is honoured for at most this long. */
  readonly maximumAge: number;
  /** The same while the provider cannot be reached: then availability goes first, up to this age. */
  readonly maximumAgeInOutage: number;
  /** How often a token with an unknown key may make us read the keys again. */
  readonly cooldown: number;
  /** How long one document of the provider may take. */
  readonly timeout: number;
}

export const KEY_SET_TIMING: KeySetTiming = {
  maximumAge: 5 * 60_000,
  maximumAgeInOutage: 60 * 60_000,
  cooldown: 30_000,
  timeout: 3_000,
};

type RemoteKeySet = ReturnType<typeof createRemoteJWKSet>;

/**
 * The current public keys of an OpenID provider. They are read at the first token, not at start,
 * so the API comes up while the provider is down. A new key is honoured at its first token.
 */
export class OpenIdKeySet implements VerificationKeys {
  readonly algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
  readonly #issuer: string;
  readonly #timing: KeySetTiming;
  readonly #provider: IdentityProvider;
  #jwksUrl: URL | undefined;
  #keySet: Promise<RemoteKeySet> | undefined;
  /** Filled by jose in the instant in which it begins to use what it has read. */
  readonly #read: Partial<ExportedJWKSCache> = {};
  #noted: JSONWebKeySet | undefined;
  #notedText = '';
  #notedAt = -Infinity;
  #version = 0;

  /** @param jwksUrl absent: found by discovery, once in the life of the process */
  constructor(issuer: string, jwksUrl?: string, timing = KEY_SET_TIMING) {
    this.#issuer = issuer;
    this.#jwksUrl = jwksUrl === undefined ? undefined : new URL(jwksUrl);
    this.#timing = timing;
    this.#provider = new IdentityProvider(timing.timeout);
  }

  get version(): number {
    return this.#version;
  }

  readonly find: JWTVerifyGetKey = async (header, token) => {
    const keySet = await this.#open();
    try {
      return await keySet(header, token);
    } finally {
      this.#noteWhatWasRead();
    }
  };

  refreshDue(): boolean {
    if (this.#age < this.#timing.maximumAge) return false;
    return !(this.#usableInOutage && this.#provider.resting);
  }

  async refresh(): Promise<void> {
    const loading = this.#load();
    if (this.#provider.failing && this.#usableInOutage) {
      // Nobody waits for a provider that is known to be down; the next requests see what came.
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
    return performance.now() - this.#notedAt;
  }

  get #usableInOutage(): boolean {
    return this.#age < this.#timing.maximumAgeInOutage;
  }

  async #load(): Promise<void> {
    const keySet = await this.#open();
    await keySet.reload();
    this.#noteWhatWasRead();
  }

  #open(): Promise<RemoteKeySet> {
    this.#keySet ??= this.#create().catch((error: unknown) => {
      this.#keySet = undefined;
      throw error;
    });
    return this.#keySet;
  }

  async #create(): Promise<RemoteKeySet> {
    this.#jwksUrl ??= await discoverJwksUrl(this.#issuer, this.#provider);
    return createRemoteJWKSet(this.#jwksUrl, {
      // Their age is ours to judge: it depends on whether the provider can be reached.
      cacheMaxAge: Infinity,
      cooldownDuration: this.#timing.cooldown,
      [customFetch]: async (url) =>
        Response.json(await this.#provider.read(new URL(url), expectKeySet)),
      [jwksCache]: this.#read as ExportedJWKSCache,
    });
  }

  #noteWhatWasRead(): void {
    const { jwks } = this.#read;
    if (jwks === undefined || jwks === this.#noted) return;
    const text = JSON.stringify(jwks);
    if (text !== this.#notedText) this.#version += 1;
    this.#noted = jwks;
    this.#notedText = text;
    this.#notedAt = performance.now();
  }
}

/** @throws JWKSInvalid */
function expectKeySet(document: unknown): object {
  return createLocalJWKSet(document as JSONWebKeySet).jwks();
}
