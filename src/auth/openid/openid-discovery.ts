import { isConfidential } from '../../config/issuers/confidential-url';
import type { IdentityProvider } from './identity-provider';

/**
 * Finds where an issuer publishes its keys (OpenID Connect Discovery 1.0 §4).
 * @throws ProblemError `identity-provider-unavailable`, also when the document is for another issuer
 */
export async function discoverJwksUrl(issuer: string, provider: IdentityProvider): Promise<URL> {
  return await provider.read(
    discoveryUrl(issuer),
    (document) => jwksUrlIn(document, issuer),
    '. Where the provider has no such document, set AUTH_JWKS_URL (docs/identity.md)',
  );
}

export function discoveryUrl(issuer: string): URL {
  return new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
}

/** @throws Error when the document is not what it should be */
export function jwksUrlIn(document: unknown, issuer: string): URL {
  if (typeof document !== 'object' || document === null) throw new Error('it is not a JSON object');
  const { issuer: stated, jwks_uri: jwksUri } = document as Record<string, unknown>;
  // §4.3: must be identical, or one issuer could speak for another. A missing "/" is a mistake too.
  if (stated !== issuer) {
    throw new Error(`it is for the issuer ${JSON.stringify(stated)}, not for ${issuer}`);
  }
  const url = typeof jwksUri === 'string' && URL.canParse(jwksUri) ? new URL(jwksUri) : undefined;
  if (url === undefined || !isConfidential(url)) {
    throw new Error('its jwks_uri is not an https URL');
  }
  return url;
}
