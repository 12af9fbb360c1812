import type { ConnectionSettings } from '../database/session/connection-settings';
import { DatabaseSession } from '../database/session/database-session';
import { requireIsolation } from '../database/isolation/isolation-gate';
import { ScopedTransaction, type TransactionMode } from '../database/operator/scoped-transaction';
import { taskTransferStatements as statements } from '../tasks/transfer/task-transfer.statements';
import { UserScope } from '../user-scope/user-scope';
import { noSuchUser } from './command-error';

/**
 * A transaction of the user whom the operator names. An operator has the password of the database,
 * so there is no token to check. The scope stays inside: row-level security confines the
 * transaction to that user, as it does any request.
 * @param userId lower-case UUID
 * @param options `mayBeMissing`: the account may be missing
 * @throws CommandError when there is no such user
 * @throws IsolationGateError when row-level security does not hold
 */
export async function openTransactionOf(
  userId: string,
  mode: TransactionMode,
  api: ConnectionSettings,
  { mayBeMissing = false }: { readonly mayBeMissing?: boolean } = {},
): Promise<ScopedTransaction> {
  const session = await DatabaseSession.negotiate(api);
  await requireIsolation(session.config, 'transaction');
  const scope = UserScope.of(userId);
  const transaction = await ScopedTransaction.open(session, { scope, mode });
  try {
    const { count } = await transaction.send(statements.user, []);
    if (count === 0 && !mayBeMissing) throw noSuchUser(userId);
    return transaction;
  } catch (error) {
    await transaction.close();
    throw error;
  }
}

/** One transaction of two users: each statement is confined to the user it is sent for. */
export interface TwoUserTransaction extends Pick<ScopedTransaction, 'commit' | 'close'> {
  readonly asSource: ScopedTransaction['send'];
  readonly asTarget: ScopedTransaction['send'];
}

/**
 * @param users lower-case UUIDs
 * @throws IsolationGateError when row-level security does not hold
 */
export async function openTwoUserTransaction(
  users: { readonly from: string; readonly to: string },
  api: ConnectionSettings,
): Promise<TwoUserTransaction> {
  const session = await DatabaseSession.negotiate(api);
  await requireIsolation(session.config, 'transaction');
  const [source, target] = [UserScope.of(users.from), UserScope.of(users.to)];
  const transaction = await ScopedTransaction.open(session, { scope: source, mode: 'write' });
  const as =
    (scope: UserScope): ScopedTransaction['send'] =>
    async (statement, values) => {
      await transaction.enter(scope);
      return transaction.send(statement, values);
    };
  return {
    asSource: as(source),
    asTarget: as(target),
    commit: () => transaction.commit(),
    close: () => transaction.close(),
  };
}
