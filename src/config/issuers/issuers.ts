import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { issuerMistakes, mistakesTogether } from './issuer-mistakes';
import {
  type GivenIssuer,
  ISSUER_NUMBERS,
  type IssuerNumber,
  IssuerVariables,
  numbered,
  type ScopeName,
} from './issuer-variables';
import { isPublished } from './published-secrets';

/** One issuer whose tokens are accepted, as the variables describe it. */
export interface IssuerEnv {
  readonly number: IssuerNumber;
  /** As in `iss`, or a pattern with `{tid}`; absent: any, with a secret alone. */
  readonly issuer?: string;
  /** Of a pattern; empty: every tenant. */
  readonly tenants: readonly string[];
  readonly audiences: readonly string[];
  readonly clientClaims: readonly string[];
  readonly clients: readonly string[];
  readonly secret?: string;
  /** Absent: it publishes none, and its secret alone signs. */
  readonly publishedKeys?: {
    /** Absent: found through its OpenID discovery document. */
    readonly url?: string;
  };
  readonly userClaim: string;
  readonly emailVerified: string;
  readonly scopeClaims: readonly string[];
  readonly scopePrefix: string;
  readonly scopeNames: readonly ScopeName[];
  readonly neutralScopes: readonly string[];
  readonly takesOverUuids: boolean;
}

/** How callers prove who they are. */
export type AuthEnv =
  | { readonly mode: 'development-issuer' }
  | {
      readonly mode: 'shared-secret' | 'openid-provider';
      readonly issuers: readonly IssuerEnv[];
    };

const NAMES = Object.keys(new IssuerVariables());
const NUMBERS: readonly IssuerNumber[] = [undefined, ...ISSUER_NUMBERS];

/** Every variable of every issuer. */
export const ISSUER_VARIABLES = NUMBERS.flatMap((number) =>
  NAMES.map((name) => numbered(name, number)),
);
export const ISSUER_SECRETS = NUMBERS.map((number) => numbered('AUTH_SECRET', number));

/** @param given every variable that has a value; mistakes are added to `mistakes` */
export function chooseAuth(
  given: Readonly<Record<string, string>>,
  nodeEnv: string,
  mistakes: string[],
): AuthEnv {
  const issuers = NUMBERS.map((number) => readIssuer(given, number, mistakes)).filter(
    ({ given: names }) => names.length > 0,
  );
  for (const issuer of issuers) mistakes.push(...issuerMistakes(issuer, issuers, nodeEnv));
  mistakes.push(...mistakesTogether(issuers));
  if (issuers.length === 0) return { mode: 'development-issuer' };
  const marked = issuers.find(({ variables }) => variables.AUTH_UUID_SUBJECTS === true);
  const envs = issuers.map((issuer) => issuerEnv(issuer, (marked ?? issuers[0]) === issuer));
  const publishes = envs.some(({ publishedKeys }) => publishedKeys !== undefined);
  return { mode: publishes ? 'openid-provider' : 'shared-secret', issuers: envs };
}

function readIssuer(
  given: Readonly<Record<string, string>>,
  number: IssuerNumber,
  mistakes: string[],
): GivenIssuer {
  const values = Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = given[numbered(name, number)];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const variables = plainToInstance(IssuerVariables, values, { exposeDefaultValues: true });
  for (const { property, constraints } of validateSync(variables)) {
    const fault = Object.values(constraints ?? {})[0] ?? 'is not valid';
    mistakes.push(`${numbered(property, number)}: ${fault}`);
  }
  const defaults = new IssuerVariables();
  const differs = (name: string): boolean =>
    JSON.stringify(valueOf(variables, name)) !== JSON.stringify(valueOf(defaults, name));
  return { number, variables, given: Object.keys(values).filter(differs) };
}

function valueOf(variables: IssuerVariables, name: string): unknown {
  return variables[name as keyof IssuerVariables];
}

function issuerEnv({ number, variables }: GivenIssuer, isFirst: boolean): IssuerEnv {
  const {
    AUTH_ISSUER: issuer,
    AUTH_SECRET: secret,
    AUTH_JWKS_URL: url,
    AUTH_UUID_SUBJECTS: takesOver,
  } = variables;
  return {
    number,
    ...(issuer !== undefined && { issuer }),
    tenants: variables.AUTH_TENANTS,
    audiences: variables.AUTH_AUDIENCE,
    clientClaims: variables.AUTH_CLIENT_CLAIMS,
    clients: variables.AUTH_CLIENTS,
    ...(secret !== undefined && { secret }),
    ...((secret === undefined || url !== undefined) && {
      publishedKeys: { ...(url !== undefined && { url }) },
    }),
    userClaim: variables.AUTH_USER_CLAIM,
    emailVerified: variables.AUTH_EMAIL_VERIFIED,
    scopeClaims: variables.AUTH_SCOPE_CLAIMS,
    scopePrefix: variables.AUTH_SCOPE_PREFIX ?? '',
    scopeNames: variables.AUTH_SCOPE_NAMES,
    neutralScopes: variables.AUTH_NEUTRAL_SCOPES,
    takesOverUuids: isFirst && takesOver !== false && issuer?.includes('{') !== true,
  };
}

/** An issuer of which nothing is said. */
export const PLAIN_ISSUER: IssuerEnv = issuerEnv(
  { number: undefined, variables: new IssuerVariables(), given: [] },
  true,
);

/** Whether anybody can sign tokens that are accepted. */
export function isForTrials(auth: AuthEnv): boolean {
  if (auth.mode === 'development-issuer') return true;
  return auth.issuers.some(({ secret }) => secret !== undefined && isPublished(secret));
}
