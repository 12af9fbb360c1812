import { discoveryUrl, jwksUrlIn } from '../../auth/openid/openid-discovery';
import { PUBLIC_KEY_ALGORITHMS } from '../../auth/openid/openid-key-set';
import {
  fetchDocument,
  type ProviderDocument,
  reasonOf,
} from '../../auth/openid/provider-document';
import { PublishedKeys } from '../../auth/openid/published-keys';
import type { Env } from '../../config/env';
import { numbered } from '../../config/issuers/issuer-variables';
import type { IssuerEnv } from '../../config/issuers/issuers';
import { type Check, fail, ok, warn } from './doctor-check';

const TIMEOUT_MS = 5_000;
/** The header says whole seconds, and the answer takes its time. */
const NOTICEABLE_SKEW_MS = 5_000;
const SEE = 'docs/identity.md has a recipe for each provider';

/** Checks how the tokens of each issuer can be verified. */
export async function identityChecks({ auth, clockTolerance }: Env): Promise<readonly Check[]> {
  if (auth.mode === 'development-issuer') return [];
  const checks = await Promise.all(
    auth.issuers.map(async (issuer) => new IssuerExamination(issuer, clockTolerance).checks()),
  );
  return checks.flat();
}

/** Thrown with the check that failed: later checks depend on it. */
class Found extends Error {
  constructor(readonly check: Check) {
    super(check.detail);
  }
}

class IssuerExamination {
  readonly #name: string;
  readonly #issuer: IssuerEnv;
  readonly #clockTolerance: number;
  readonly #warnings: Check[] = [];

  constructor(issuer: IssuerEnv, clockTolerance: number) {
    this.#name = issuer.number === undefined ? 'identity' : `identity ${issuer.number}`;
    this.#issuer = issuer;
    this.#clockTolerance = clockTolerance;
  }

  async checks(): Promise<readonly Check[]> {
    const { publishedKeys } = this.#issuer;
    if (publishedKeys === undefined) {
      return [ok(this.#name, `tokens are checked with ${this.#variable('AUTH_SECRET')}`)];
    }
    try {
      const url = await this.#locateKeys(publishedKeys.url);
      const { keys, answeredAtMs } = await this.#readKeys(url);
      const algorithms = await keys.algorithmsAmong(PUBLIC_KEY_ALGORITHMS);
      if (algorithms.length === 0) {
        throw new Found(fail(this.#name, `${url.href} has no key that can verify a token`, SEE));
      }
      const found = `keys for ${algorithms.join(', ')} at ${url.href}`;
      const checks = this.#warnings.length > 0 ? this.#warnings : [ok(this.#name, found)];
      return [...checks, this.#clockCheck(answeredAtMs)];
    } catch (error) {
      if (error instanceof Found) return [error.check];
      throw error;
    }
  }

  /** If they are configured, the discovery document is only checked for its issuer. */
  async #locateKeys(configured: string | undefined): Promise<URL> {
    const { issuer = '' } = this.#issuer;
    const isNamed = !issuer.includes('{') && URL.canParse(issuer);
    if (configured !== undefined) {
      if (isNamed) await this.#compareIssuer(issuer);
      return new URL(configured);
    }
    const url = discoveryUrl(issuer);
    const { document } = await this.#fetch(
      url,
      `where the provider has no such document, set ${this.#variable('AUTH_JWKS_URL')}; ${SEE}`,
    );
    try {
      return jwksUrlIn(document, issuer);
    } catch (error) {
      const remedy = `${this.#variable('AUTH_ISSUER')} must be the issuer to the letter; ${SEE}`;
      throw new Found(fail(this.#name, `${url.href}: ${reasonOf(error)}`, remedy));
    }
  }

  async #compareIssuer(issuer: string): Promise<void> {
    const url = discoveryUrl(issuer);
    const published = await fetchDocument(url, TIMEOUT_MS).catch(() => undefined);
    const { issuer: stated } = (published?.document ?? {}) as { readonly issuer?: unknown };
    if (typeof stated !== 'string' || stated === issuer) return;
    this.#warnings.push(
      warn(
        this.#name,
        `${url.href} is for the issuer ${JSON.stringify(stated)}`,
        `${this.#variable('AUTH_ISSUER')} must be as in the claim iss of a token, to the letter`,
      ),
    );
  }

  async #readKeys(
    url: URL,
  ): Promise<{ readonly keys: PublishedKeys; readonly answeredAtMs: number }> {
    const remedy = `${this.#variable('AUTH_JWKS_URL')} must be where the provider publishes its keys; ${SEE}`;
    const { document, answeredAtMs } = await this.#fetch(url, remedy);
    try {
      return { keys: new PublishedKeys(document), answeredAtMs };
    } catch {
      throw new Found(fail(this.#name, `${url.href} is not a key set`, remedy));
    }
  }

  async #fetch(url: URL, remedy: string): Promise<ProviderDocument> {
    try {
      return await fetchDocument(url, TIMEOUT_MS);
    } catch (error) {
      throw new Found(fail(this.#name, `${url.href}: ${reasonOf(error)}`, remedy));
    }
  }

  /** A token is judged by its times, and the provider's clock has set them. */
  #clockCheck(answeredAtMs: number): Check {
    const name = `${this.#name} clock`;
    if (Number.isNaN(answeredAtMs)) return ok(name, 'the provider does not say its time');
    const aheadMs = answeredAtMs - Date.now();
    if (Math.abs(aheadMs) <= NOTICEABLE_SKEW_MS)
      return ok(name, 'agrees with that of the provider');
    const found = `the provider is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'ahead' : 'behind'}`;
    const remedy = 'synchronise the clock of this machine (NTP)';
    return Math.abs(aheadMs) > this.#clockTolerance * 1_000
      ? fail(name, `${found}, more than AUTH_CLOCK_TOLERANCE`, remedy)
      : warn(name, found, remedy);
  }

  #variable(name: string): string {
    return numbered(name, this.#issuer.number);
  }
}
