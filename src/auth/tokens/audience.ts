import type { JWTPayload } from 'jose';

/** For whom the tokens of an issuer must be. */
export interface AudienceRules {
  /** What `aud` may be. Without any, and without clients, a token may be for anybody. */
  readonly audiences: readonly string[];
  /** The claims that name the client, for tokens without `aud`. */
  readonly clientClaims: readonly string[];
  readonly clients: readonly string[];
}

/**
 * The claim that says a token is not for this API; undefined where it is. An `aud` decides alone: a
 * client of ours may have a token for another API.
 */
export function audienceFault(claims: JWTPayload, rules: AudienceRules): string | undefined {
  const { audiences, clientClaims, clients } = rules;
  if (audiences.length === 0 && clientClaims.length === 0) return undefined;
  if (Object.hasOwn(claims, 'aud')) {
    const named: readonly unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
    return named.some((one) => isOneOf(audiences, one)) ? undefined : 'aud';
  }
  const present = clientClaims.filter((name) => Object.hasOwn(claims, name));
  if (present.length === 0) return clientClaims[0] ?? 'aud';
  return present.find((name) => !isOneOf(clients, claims[name]));
}

function isOneOf(accepted: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && accepted.includes(value);
}
