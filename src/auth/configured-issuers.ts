import type { IssuerEnv } from '../config/issuers/issuers';
import { SCOPES, type Scope } from '../config/issuers/scopes';
import {
  type IssuerRules,
  type TrustedIssuer,
  fixedKey,
  type VerificationKeys,
} from './tokens/trusted-issuer';
import { OpenIdKeySet } from './openid/openid-key-set';
import type { RightsRules } from './tokens/rights';

/** The issuers of the configuration, each with keys of its own. */
export function configuredIssuers(
  issuers: readonly IssuerEnv[],
  requireScopes: boolean,
): readonly TrustedIssuer[] {
  return issuers.map((issuer) => ({
    rules: rulesOf(issuer, requireScopes),
    keys: keysOf(issuer),
  }));
}

/** While a provider moves from a secret to keys, it has both: HS256 is for the secret alone. */
function keysOf({ issuer = '', secret, publishedKeys }: IssuerEnv): readonly VerificationKeys[] {
  return [
    ...(secret === undefined ? [] : [fixedKey(new TextEncoder().encode(secret))]),
    ...(publishedKeys === undefined ? [] : [new OpenIdKeySet(issuer, publishedKeys.url)]),
  ];
}

export function rulesOf(env: IssuerEnv, requireScopes: boolean): IssuerRules {
  return {
    ...(env.issuer !== undefined && { issuer: env.issuer }),
    ...(env.tenants.length > 0 && { tenants: env.tenants }),
    audience: { audiences: env.audiences, clientClaims: env.clientClaims, clients: env.clients },
    rights: rightsRules(env, requireScopes),
    userClaim: env.userClaim,
    emailVerified: env.emailVerified,
    takesOverUuids: env.takesOverUuids,
  };
}

function rightsRules(env: IssuerEnv, required: boolean): RightsRules {
  const words = [
    ...env.scopeNames,
    ...SCOPES.map((scope) => [`${env.scopePrefix}${scope}`, scope] as const),
  ];
  const grants = new Map<string, Scope[]>();
  for (const [word, scope] of words) grants.set(word, [...(grants.get(word) ?? []), scope]);
  // Of several names, the one that grants least, because a client should ask for it.
  const nameOf = (scope: Scope): string =>
    [...grants]
      .filter(([, scopes]) => scopes.includes(scope))
      .toSorted(([, one], [, other]) => one.length - other.length)[0]?.[0] ?? scope;
  return {
    claims: env.scopeClaims,
    grants,
    names: Object.fromEntries(SCOPES.map((scope) => [scope, nameOf(scope)])) as Record<
      Scope,
      string
    >,
    neutral: new Set(env.neutralScopes),
    required,
  };
}
