import {
  base64url,
  createLocalJWKSet,
  type CryptoKey,
  errors,
  type FlattenedJWSInput,
  flattenedVerify,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** The keys of one document that a provider has published. */
export class PublishedKeys {
  readonly #all: KeySet;
  readonly #nameless: KeySet;
  readonly #obeysIssuers: boolean;

  /**
   * @param obeysIssuers whether a key that names an `issuer` is valid for that issuer alone. Entra
   * separates the keys of its tenants so, in one document.
   * @throws JWKSInvalid where the document is no key set
   */
  constructor(document: unknown, obeysIssuers = false) {
    this.#obeysIssuers = obeysIssuers;
    this.#all = createLocalJWKSet(document as JSONWebKeySet);
    const { keys } = this.#all.jwks();
    this.#nameless = createLocalJWKSet({ keys: keys.filter(({ kid }) => kid === undefined) });
  }

  /** Two documents with the same text have the same keys. */
  get text(): string {
    return JSON.stringify(this.#all.jwks());
  }

  /** The algorithms for which there is a key. */
  async algorithmsAmong(accepted: readonly string[]): Promise<readonly string[]> {
    const usable = await Promise.all(
      accepted.map((alg) =>
        this.#all({ alg }).then(
          () => true,
          (error: unknown) => error instanceof errors.JWKSMultipleMatchingKeys,
        ),
      ),
    );
    return accepted.filter((_, index) => usable[index]);
  }

  /**
   * The key that signed the token. If several keys have the token's key name, or neither they nor
   * the token have one, each is tried: a provider that does not name its keys publishes two while
   * it replaces one. A provider that names its keys also names them in its tokens (OpenID Connect
   * Core 1.0 §10.1).
   * @throws JWKSNoMatchingKey where none has that name; other errors of jose
   */
  async find(header: JWTHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#obeysIssuers && !this.#maySign(header, token)) throw new errors.JWKSNoMatchingKey();
    try {
      return await this.#all(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return header.kid === undefined
        ? await this.#findNameless(header, token, error)
        : await whichVerifies(error, token);
    }
  }

  #maySign({ kid }: JWTHeaderParameters, { payload }: FlattenedJWSInput): boolean {
    const { iss, tid } = JSON.parse(
      Buffer.from(base64url.decode(payload)).toString('utf8'),
    ) as JWTPayload & { readonly tid?: string };
    // Like jose, which may choose any key if the token names none.
    const candidates = this.#all.jwks().keys.filter((key) => kid === undefined || key.kid === kid);
    return candidates.every((key) => {
      const { issuer } = key as { readonly issuer?: unknown };
      if (typeof issuer !== 'string') return true;
      return issuer.replace('{tenantid}', () => String(tid)) === iss;
    });
  }

  async #findNameless(
    header: JWTHeaderParameters,
    token: FlattenedJWSInput,
    ambiguous: errors.JWKSMultipleMatchingKeys,
  ): Promise<CryptoKey> {
    try {
      return await this.#nameless(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys)
        return await whichVerifies(error, token);
      throw ambiguous;
    }
  }
}

async function whichVerifies(
  candidates: AsyncIterable<CryptoKey>,
  token: FlattenedJWSInput,
): Promise<CryptoKey> {
  for await (const key of candidates) {
    const isIt = await flattenedVerify(token, key).then(
      () => true,
      () => false,
    );
    if (isIt) return key;
  }
  throw new errors.JWSSignatureVerificationFailed();
}
