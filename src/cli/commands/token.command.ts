import { DevelopmentIssuer } from '../../auth/development-issuer/development-issuer';
import { normalizeEmail } from '../../auth/identity';
import { defineCommand } from '../command';
import { refusal } from '../command-error';
import { defaulting, flag, required } from '../option';
import { duration } from '../option-values';

const LONGEST_LIFETIME_SECONDS = 365 * 86_400;

export const tokenCommand = defineCommand({
  name: 'token',
  summary: 'Print a development token for an e-mail address',
  details:
    'The same address is always the same user. Only while no identity is configured: the tokens of\n' +
    'an OpenID provider, or of AUTH_SECRET, are made by whoever holds the key.',
  options: {
    email: required({
      placeholder: 'ADDRESS',
      description: 'whose token it shall be',
      read: emailAddress,
    }),
    lifetime: defaulting('24h', {
      placeholder: 'TIME',
      description: 'how long it is valid: 90s, 15m, 24h, 7d',
      read: duration(LONGEST_LIFETIME_SECONDS),
    }),
    json: flag('print {"access_token": …, "token_type": …, "expires_in": …, "user_id": …}'),
  },
  example: 'token --email ada@example.com --lifetime 7d',
  run: async ({ email, lifetime, json }, { env, stdout }) => {
    const { auth, dataDir } = await env();
    if (auth.mode !== 'development-issuer') {
      throw refusal(
        'There are no development tokens while an identity is configured: get one from your OpenID provider, or sign one with AUTH_SECRET',
      );
    }
    const { token, userId, lifetimeSeconds } = await DevelopmentIssuer.open(dataDir).issue({
      email,
      lifetimeSeconds: lifetime,
    });
    const answer = {
      access_token: token,
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
      user_id: userId,
    };
    stdout.write(`${json ? JSON.stringify(answer) : token}\n`);
  },
});

function emailAddress(text: string): string {
  const email = normalizeEmail(text);
  if (email === null) throw new RangeError('must be an e-mail address');
  return email;
}
