import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { DevelopmentIssuer } from '../../auth/development-issuer/development-issuer';
import { normalizeEmail } from '../../auth/identity';
import { type CommandContext, exampleOf } from '../command';
import { refusal } from '../command-error';
import { duration } from '../option-values';

const DEFAULT_LIFETIME_SECONDS = 86_400;
const LONGEST_LIFETIME_SECONDS = 365 * 86_400;

export function defineToken(command: Command, { env, stdout }: CommandContext): void {
  command
    .description(
      'The same address is always the same user. Only while no identity is configured: the tokens of an OpenID provider, or of AUTH_SECRET, are made by whoever holds the key.',
    )
    .requiredOption('--email <ADDRESS>', 'whose token it shall be', emailAddress)
    .addOption(
      new Option('--lifetime <TIME>', 'how long it is valid: 90s, 15m, 24h, 7d')
        .argParser(duration(LONGEST_LIFETIME_SECONDS))
        .default(DEFAULT_LIFETIME_SECONDS, '24h'),
    )
    .option('--json', 'print {"access_token": …, "token_type": …, "expires_in": …, "user_id": …}')
    .addHelpText('after', exampleOf('token --email ada@example.com --lifetime 7d'))
    .action(async ({ email, lifetime, json }) => {
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
      stdout.write(`${json === true ? JSON.stringify(answer) : token}\n`);
    });
}

function emailAddress(text: string): string {
  const email = normalizeEmail(text);
  if (email === null) throw new InvalidArgumentError('It must be an e-mail address.');
  return email;
}
