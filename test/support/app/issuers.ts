import { rulesOf } from '../../../src/auth/configured-issuers';
import type { IssuerRules, VerificationKeys } from '../../../src/auth/tokens/trusted-issuer';
import { TokenVerifier } from '../../../src/auth/tokens/token-verifier';
import { type IssuerEnv, PLAIN_ISSUER } from '../../../src/config/issuers/issuers';

interface Rules extends Partial<Omit<IssuerEnv, 'issuer'>> {
  readonly issuer?: string;
  readonly audience?: string;
  readonly requireScopes?: boolean;
}

/** The rules of an issuer as the configuration makes them, with those given. */
export function issuerRules({ audience, requireScopes = false, ...env }: Rules = {}): IssuerRules {
  const audiences = audience === undefined ? [] : [audience];
  return rulesOf({ ...PLAIN_ISSUER, audiences, ...env }, requireScopes);
}

/** Checks the tokens of one issuer. */
export function verifierFor(
  keys: VerificationKeys,
  { clockTolerance = 60, ...rules }: Rules & { readonly clockTolerance?: number } = {},
): TokenVerifier {
  return new TokenVerifier([{ rules: issuerRules(rules), keys: [keys] }], clockTolerance);
}

/** What an issuer calls the scopes of this API, unless the configuration says otherwise. */
export const OWN_SCOPE_NAMES = issuerRules().rights.names;
