import { type Command, Option } from '@commander-js/extra-typings';
import { SignJWT } from 'jose';
import {
  DevelopmentIssuer,
  type DevelopmentToken,
} from '../../auth/development-issuer/development-issuer';
import { userIdOf } from '../../auth/identity';
import type { AuthEnv, IssuerEnv } from '../../config/issuers/issuers';
import { type CommandContext, exampleOf } from '../command';
import { refusal, usageError } from '../command-error';
import { duration, emailAddress } from '../option-values';

const DEFAULT_LIFETIME_SECONDS = 86_400;
const LONGEST_LIFETIME_SECONDS = 365 * 86_400;

interface TokenRequest {
  readonly email: string;
  readonly lifetimeSeconds: number;
}

export function defineToken(command: Command, { env, stdout }: CommandContext): void {
  command
    .description(
      'The same address is always the same user. Without an identity provider the server issues these tokens itself; with AUTH_SECRET, --sign makes them. An OpenID provider alone issues its own.',
    )
    .requiredOption('--email <ADDRESS>', 'the user of the token', emailAddress)
    .addOption(
      new Option('--lifetime <TIME>', 'how long it is valid: 90s, 15m, 24h, 7d')
        .argParser(duration(LONGEST_LIFETIME_SECONDS))
        .default(DEFAULT_LIFETIME_SECONDS, '24h'),
    )
    .option('--sign', 'sign with AUTH_SECRET; anyone who has the token is that user')
    .option('--json', 'print {"access_token": …, "token_type": …, "expires_in": …, "user_id": …}')
    .addHelpText('after', exampleOf('token --email ada@example.com --lifetime 7d'))
    .action(async ({ email, lifetime, sign, json }) => {
      const { auth, dataDir } = await env();
      const request = { email, lifetimeSeconds: lifetime };
      const { token, userId } =
        sign === true
          ? await signToken(auth, request)
          : await issueDevelopmentToken(auth, dataDir, request);
      const answer = {
        access_token: token,
        token_type: 'Bearer',
        expires_in: lifetime,
        user_id: userId,
      };
      stdout.write(`${json === true ? JSON.stringify(answer) : token}\n`);
    });
}

function issueDevelopmentToken(
  auth: AuthEnv,
  dataDir: string,
  request: TokenRequest,
): Promise<DevelopmentToken> {
  if (auth.mode === 'shared-secret') {
    throw usageError(
      'There are no development tokens while AUTH_SECRET is set: add --sign to sign with it',
      'token --help',
    );
  }
  if (auth.mode === 'openid-provider') {
    throw refusal(
      'There are no development tokens while an OpenID provider is configured: get one from it',
    );
  }
  return DevelopmentIssuer.open(dataDir).issue(request);
}

/** The address is also the subject, from which the API derives the id of the user. */
async function signToken(
  auth: AuthEnv,
  { email, lifetimeSeconds }: TokenRequest,
): Promise<{ readonly token: string; readonly userId: string }> {
  const issuers = auth.mode === 'development-issuer' ? [] : auth.issuers;
  const signing = issuers.find(({ secret }) => secret !== undefined);
  if (signing?.secret === undefined) throw refusal('--sign needs AUTH_SECRET');
  const { issuer, secret, userClaim } = signing;
  if (issuer?.includes('{tid}') === true) {
    throw refusal('--sign needs an AUTH_ISSUER without {tid}: it knows no tenant');
  }
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    ...audienceClaims(signing),
    ...(issuer !== undefined && { iss: issuer }),
    [userClaim]: email,
    email,
    [signing.emailVerified === 'always' ? 'email_verified' : signing.emailVerified]: true,
    iat: now,
    exp: now + lifetimeSeconds,
  };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .sign(new TextEncoder().encode(secret));
  return { token, userId: userIdOf(issuer ?? '', email, signing) };
}

function audienceClaims({ audiences, clientClaims, clients }: IssuerEnv): object {
  const [audience] = audiences;
  if (audience !== undefined) return { aud: audience };
  return Object.fromEntries(clientClaims.map((claim) => [claim, clients[0]]));
}
