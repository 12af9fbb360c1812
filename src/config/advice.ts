import { type Env, KNOWN_VARIABLES } from './env';
import { numbered } from './issuers/issuer-variables';
import type { IssuerEnv } from './issuers/issuers';
import { isPublished } from './issuers/published-secrets';
import { nearMisses, type Source } from './sources/given-variables';
import { ENVIRONMENT } from './sources/process-environment';

/** Advice on settings that are valid, but perhaps not intended. */
export interface Advice {
  readonly what: string;
  readonly remedy: string;
}

export function adviceOn(env: Env): readonly Advice[] {
  const { auth } = env;
  const issuers = auth.mode === 'development-issuer' ? [] : auth.issuers;
  return [...adviceOnDatabase(env), ...issuers.flatMap((issuer) => adviceOnIssuer(issuer))];
}

/** On variables that the process does not read. */
export function adviceOnNames(source: Source = ENVIRONMENT): readonly Advice[] {
  return nearMisses(source, KNOWN_VARIABLES).map(({ name, meant }) => ({
    what: `the variable ${name} is not read`,
    remedy: `set ${meant} if that is meant`,
  }));
}

/** The embedded PostgreSQL may serve in production, but nobody should learn of it when it is lost. */
function adviceOnDatabase({ nodeEnv, database, dataDir }: Env): readonly Advice[] {
  if (nodeEnv !== 'production' || database.url !== undefined) return [];
  return [
    {
      what: `production without DATABASE_URL: the embedded PostgreSQL in ${dataDir} keeps the tasks`,
      remedy: 'set DATABASE_URL, or back it up: npm run cli -- backup FILE',
    },
  ];
}

/** What docs/security.md says of each setting. */
function adviceOnIssuer({
  number,
  secret,
  publishedKeys,
  emailVerified,
  issuer,
  tenants,
}: IssuerEnv): readonly Advice[] {
  const name = (variable: string): string => numbered(variable, number);
  const advice: Advice[] = [];
  if (secret !== undefined && isPublished(secret)) {
    advice.push({
      what: `${name('AUTH_SECRET')} is an example value, with which anybody can sign tokens`,
      remedy: 'for anything but a trial, make one with: openssl rand -base64 48',
    });
  }
  if (secret !== undefined && publishedKeys !== undefined) {
    advice.push({
      what: `${name('AUTH_SECRET')} is accepted beside the keys of ${name('AUTH_JWKS_URL')}`,
      remedy: 'unset it when the last token that it signed has expired',
    });
  }
  if (emailVerified === 'always') {
    advice.push({
      what: `${name('AUTH_EMAIL_VERIFIED')} is always: an address is stored unverified if the issuer does not verify it`,
      remedy: 'name a claim, unless the issuer confirms every address',
    });
  }
  if (issuer?.includes('{tid}') === true && tenants.length === 0) {
    advice.push({
      what: `${name('AUTH_ISSUER')} admits the users of every tenant`,
      remedy: `list those that are meant in ${name('AUTH_TENANTS')}`,
    });
  }
  return advice;
}

/** Below a public suffix, such as vercel.app, anybody may have a name. */
export async function adviceOnOrigins(origins: readonly string[]): Promise<readonly Advice[]> {
  const bare = origins.filter((origin) => origin.includes('://*.'));
  if (bare.length === 0) return [];
  // The list is large, and most servers never ask for it.
  const { getPublicSuffix } = await import('tldts');
  return bare.flatMap((origin) => {
    const { hostname } = new URL(origin.replace('*.', ''));
    if (getPublicSuffix(hostname, { allowPrivateDomains: true }) !== hostname) return [];
    return {
      what: `CORS_ORIGINS: ${origin} lets in the pages of everybody who has a name below ${hostname}`,
      remedy: `name what is yours around the *, such as ${origin.replace('*', 'tasks-*-team')}`,
    };
  });
}
