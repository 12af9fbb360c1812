import { Option } from '@commander-js/extra-typings';
import { userIdOf } from '../../auth/identity';
import { issuerFault } from '../../auth/tokens/trusted-issuer';
import type { Env } from '../../config/env';
import { type IssuerEnv, PLAIN_ISSUER } from '../../config/issuers/issuers';
import type { ConnectionSettings } from '../../database/session/connection-settings';
import { userIdOfEmail } from '../../database/operator/user-id-of-email';
import { noSuchUser, usageError } from '../command-error';
import { emailAddress, subjectName } from '../option-values';

export const EMAIL_OPTION = new Option(
  '--email <ADDRESS>',
  'the user whose account has this address',
).argParser(emailAddress);
export const SUBJECT_OPTION = new Option(
  '--subject <NAME>',
  'the name of the user in the tokens of an issuer',
).argParser(subjectName);
export const ISSUER_OPTION = new Option(
  '--issuer <ISS>',
  'the issuer of that subject, as in the claim iss; by default the first configured one',
);
export const YES_OPTION = new Option('--yes', 'with --email: confirm that this is the right user');

/** How an operator names a user: in one of three ways. */
export interface UserNaming {
  readonly user?: string | undefined;
  readonly email?: string | undefined;
  readonly subject?: string | undefined;
  readonly issuer?: string | undefined;
  /** With an address: confirms that it is the right user. */
  readonly yes?: true | undefined;
}

export interface NamedUser {
  readonly userId: string;
  /** Null if unknown: ids are derived from subjects, and do not lead back to them. */
  readonly subject: string | null;
  readonly issuer: string | null;
}

/**
 * @param command whose help shows how to name a user
 * @throws CommandError if no user is named, or no account has the address
 */
export async function namedUser(
  naming: UserNaming,
  env: Env,
  owner: ConnectionSettings,
  command: string,
): Promise<NamedUser> {
  const { user, email, subject, issuer, yes } = naming;
  const { auth } = env;
  if ([user, email, subject].filter((way) => way !== undefined).length !== 1) {
    throw usageError('Name one user: by id, by --email or by --subject', `${command} --help`);
  }
  if (issuer !== undefined && subject === undefined) {
    throw usageError('--issuer says whose --subject is meant', `${command} --help`);
  }
  if (subject !== undefined) {
    const issuers = auth.mode === 'development-issuer' ? [] : auth.issuers;
    return ofSubject({ subject, issuer }, issuers, command);
  }
  if (user !== undefined) return ofId(user);
  const userId = await userIdOfEmail(owner, email ?? '');
  if (userId === undefined) throw noSuchUser(`with the address ${email ?? ''}`);
  if (yes !== true) throw usageError(questionOf(userId, email ?? '', env), `${command} --help`);
  return ofId(userId);
}

/** An address may have changed hands since it was verified: a command that acts by it asks first. */
function questionOf(userId: string, email: string, { auth }: Env): string {
  const issuers = auth.mode === 'development-issuer' ? [PLAIN_ISSUER] : auth.issuers;
  const ways = issuers.map(({ emailVerified }) =>
    emailVerified === 'always'
      ? 'its issuer confirms every address'
      : `the claim ${emailVerified} was true`,
  );
  const { subject } = ofId(userId);
  return (
    `${email} is the address of the user ${userId}, whose subject is ${subject ?? 'not stored'}. ` +
    `It was stored because ${[...new Set(ways)].join(', or ')}. If that is the user whom you mean, add --yes.`
  );
}

/** An id of version 8 is derived; any other is the subject itself. */
function ofId(userId: string): NamedUser {
  return { userId, subject: userId.charAt(14) === '8' ? null : userId, issuer: null };
}

function ofSubject(
  { subject, issuer }: { readonly subject: string; readonly issuer: string | undefined },
  issuers: readonly IssuerEnv[],
  command: string,
): NamedUser {
  const meant = issuer === undefined ? issuers[0] : issuers.find((one) => isIssuer(one, issuer));
  const name = issuer ?? meant?.issuer ?? '';
  if (name.includes('{tid}')) {
    throw usageError(`Name the issuer with its tenant: --issuer ${name}`, `${command} --help`);
  }
  // An issuer that is no longer configured was the first, while there was only one.
  const userId = userIdOf(name, subject, meant ?? PLAIN_ISSUER);
  return { userId, subject, issuer: name === '' ? null : name };
}

function isIssuer({ issuer }: IssuerEnv, iss: string): boolean {
  if (issuer === undefined) return true;
  const [before = '', after = ''] = issuer.split('{tid}');
  const tid = iss.slice(before.length, iss.length - after.length);
  return issuerFault({ issuer }, { iss, tid }) === undefined;
}
