import type { Command } from '@commander-js/extra-typings';
import { accountStatements as statements } from '../../users/account.statements';
import { type CommandContext, exampleOf } from '../command';
import type { ConnectionSettings } from '../../database/session/connection-settings';
import { withExistingDatabase } from '../command-database';
import { openTransactionOf } from '../operator-scope';
import { counted, userId } from '../option-values';
import {
  EMAIL_OPTION,
  ISSUER_OPTION,
  type NamedUser,
  namedUser,
  SUBJECT_OPTION,
} from './named-user';

export function defineUser(command: Command, { env: readEnv, stdout }: CommandContext): void {
  command
    .description(
      'Finds the user by id, by address, or by the name in tokens. Changes nothing. The id of a subject is derived from issuer and subject, so it is known before there is an account; the subject of such an id is stored nowhere.',
    )
    .argument('[ID]', 'the user id', userId)
    .addOption(EMAIL_OPTION)
    .addOption(SUBJECT_OPTION)
    .addOption(ISSUER_OPTION)
    .option(
      '--json',
      'print {"id", "subject", "issuer", "account": {"email", "created_at", "tasks"} | null}',
    )
    .addHelpText('after', exampleOf("user --subject 'auth0|5f7c8ec7c33c6c004bbafe82'"))
    .action(async (user, { email, subject, issuer, json }) => {
      const env = await readEnv();
      const found = await withExistingDatabase(env, async ({ api, owner }) => {
        const named = await namedUser(
          { user, email, subject, issuer, yes: true },
          env,
          owner,
          'user',
        );
        return { named, account: await accountOf(named.userId, api) };
      });
      stdout.write(json === true ? asJson(found) : describe(found));
    });
}

interface Account {
  readonly email: string | null;
  readonly createdAt: string;
  readonly tasks: number;
}

interface Found {
  readonly named: NamedUser;
  readonly account: Account | undefined;
}

async function accountOf(userId: string, api: ConnectionSettings): Promise<Account | undefined> {
  const transaction = await openTransactionOf(userId, 'read', api, { mayBeMissing: true });
  try {
    const { rows } = await transaction.send(statements.facts, []);
    const [row] = rows;
    if (row === undefined) return undefined;
    const [email = null, createdAt, tasks] = row;
    return { email, createdAt: createdAt ?? '', tasks: Number(tasks) };
  } finally {
    await transaction.close();
  }
}

function asJson({ named: { userId, subject, issuer }, account }: Found): string {
  const known = account && {
    email: account.email,
    created_at: account.createdAt,
    tasks: account.tasks,
  };
  return `${JSON.stringify({ id: userId, subject, issuer, account: known ?? null })}\n`;
}

function describe({ named: { userId, subject, issuer }, account }: Found): string {
  const lines = [
    `id       ${userId}`,
    `subject  ${subject ?? 'not stored: the id is derived from it'}${issuer === null ? '' : ` of ${issuer}`}`,
    account === undefined
      ? 'account  none yet: the first task makes it'
      : `account  since ${account.createdAt}, ${counted(account.tasks, 'task')}`,
    ...(account === undefined ? [] : [`email    ${account.email ?? 'none'}`]),
  ];
  return `${lines.join('\n')}\n`;
}
