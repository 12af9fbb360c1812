import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import { SCOPES, type Scope } from './scopes';
import { HttpUrl, List, Switch, Text } from '../variable-rules';

/** What a claim may be called: answers name it in quotes (RFC 6750 §3). */
const CLAIM = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,200}$/;
/** As in tokens, where a UUID is in lower case. */
const TENANT = /^(?![\dA-Fa-f-]*[A-F][\dA-Fa-f-]*$)[\w.-]{1,255}$/;
const CLIENT_CLAIMS: readonly string[] = ['client_id', 'azp'];

/** Claims that people can change, that somebody else may get later, or that name no person. */
const NO_USER_CLAIMS: ReadonlySet<string> = new Set([
  ...['email', 'emails', 'emailaddress', 'mail', 'preferredusername', 'username', 'login', 'slug'],
  ...['upn', 'uniquename', 'name', 'displayname', 'fullname', 'nickname', 'givenname'],
  ...['familyname', 'middlename', 'firstname', 'lastname', 'screenname', 'handle', 'phone'],
  ...['phonenumber', 'primaryemail', 'verifiedprimaryemail', 'loginhint', 'picture', 'profile'],
  ...['website', 'iss', 'aud', 'azp', 'clientid', 'cid', 'appid', 'tid', 'orgid', 'scope', 'scp'],
  ...[
    'roles',
    'exp',
    'iat',
    'nbf',
    'jti',
    'sid',
    'nonce',
    'authtime',
    'acr',
    'amr',
    'typ',
    'locale',
  ],
]);

/** `Always` would be the name of a claim that never comes. */
function isVerifiedClaim(name: string): boolean {
  return CLAIM.test(name) && (name === 'always' || name.toLowerCase() !== 'always');
}

/**
 * Providers spell a claim in several ways, and may put a namespace before it:
 * `https://example.com/email`, `cognito:username`, `preferredUsername`.
 */
function isUserClaim(name: string): boolean {
  const withoutNamespace = name.split(/[/:#]/).at(-1) ?? '';
  const plain = withoutNamespace.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return CLAIM.test(name) && !NO_USER_CLAIMS.has(plain);
}

type Words = readonly string[];
export type ScopeName = readonly [name: string, scope: Scope];

/** Names of a provider and the scopes that they stand for, such as `Tasks.Read=tasks:read`. */
function ScopeNames(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? parseScopeNames(value) : value,
    ),
    ValidateBy(
      { name: 'scopeNames', validator: { validate: (value: unknown) => Array.isArray(value) } },
      {
        message: `must be names such as Tasks.Read=tasks:read, separated by commas, each for one of ${SCOPES.join(', ')}`,
      },
    ),
  );
}

/** The text itself where it is not a list of names. */
function parseScopeNames(text: string): readonly ScopeName[] | string {
  const names: ScopeName[] = [];
  for (const pair of text.split(',').map((one) => one.trim())) {
    const at = pair.lastIndexOf('=');
    const name = pair.slice(0, Math.max(at, 0));
    const scope = SCOPES.find((one) => one === pair.slice(at + 1));
    if (name === '' || /\s/.test(name) || scope === undefined) return text;
    names.push([name, scope]);
  }
  return names;
}

/** OAuth scopes that say nothing about this API, separated by spaces or commas. */
function NeutralScopes(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.split(/[\s,]+/).filter((word) => word !== '') : value,
    ),
    ValidateBy(
      {
        name: 'neutralScopes',
        validator: {
          validate: (value: unknown) =>
            Array.isArray(value) && !SCOPES.some((scope) => value.includes(scope)),
        },
      },
      { message: `must not have ${SCOPES.join(', ')}, which are scopes of this API` },
    ),
  );
}

/**
 * What the API reads about an issuer of tokens, with its default. The names are those of the first
 * issuer; another one's have its number, as in `AUTH_2_ISSUER`.
 */
export class IssuerVariables {
  @IsOptional()
  AUTH_ISSUER?: string;

  @List('must be tenants as in the claim tid (a UUID in lower case), separated by commas', (id) =>
    TENANT.test(id),
  )
  AUTH_TENANTS: Words = [];

  @List('must be values separated by commas, none of them empty', (item) => item !== '')
  AUTH_AUDIENCE: Words = [];

  @List('must be client_id, azp or both, separated by a comma', (name) =>
    CLIENT_CLAIMS.includes(name),
  )
  AUTH_CLIENT_CLAIMS: Words = [];

  @List('must be values separated by commas, none of them empty', (item) => item !== '')
  AUTH_CLIENTS: Words = [];

  @HttpUrl()
  AUTH_JWKS_URL?: string;

  @IsOptional()
  AUTH_SECRET?: string;

  @Text(
    'must be the name of a claim that nobody can change and nobody else gets later, such as sub or oid',
    isUserClaim,
  )
  AUTH_USER_CLAIM = 'sub';

  @Text('must be always, or the name of a claim such as email_verified', isVerifiedClaim)
  AUTH_EMAIL_VERIFIED = 'email_verified';

  @List('must be names of claims, separated by commas', (name) => CLAIM.test(name))
  AUTH_SCOPE_CLAIMS: Words = ['scope', 'scp', 'permissions'];

  @Text('must be without spaces', (prefix) => !/\s/.test(prefix))
  AUTH_SCOPE_PREFIX?: string;

  @ScopeNames()
  AUTH_SCOPE_NAMES: readonly ScopeName[] = [];

  @NeutralScopes()
  AUTH_NEUTRAL_SCOPES: Words = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

  @IsOptional()
  @Switch()
  AUTH_UUID_SUBJECTS?: boolean;
}

/** The variables of an issuer, and which of them are given. */
export interface GivenIssuer {
  readonly number: IssuerNumber;
  readonly variables: IssuerVariables;
  /** Without numbers. A value that is the default counts for nothing. */
  readonly given: readonly string[];
}

/** Those of the issuers besides the first. */
export const ISSUER_NUMBERS = [2, 3, 4, 5, 6, 7, 8, 9] as const;
export type IssuerNumber = (typeof ISSUER_NUMBERS)[number] | undefined;

/** The name of a variable for the issuer with this number; the first one has none. */
export function numbered(name: string, number: IssuerNumber): string {
  return number === undefined ? name : name.replace('AUTH_', `AUTH_${number}_`);
}
