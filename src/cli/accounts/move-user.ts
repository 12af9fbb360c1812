import type { ConnectionSettings } from '../../database/session/connection-settings';
import type { CompiledStatement, Row } from '../../database/compiled-statement';
import {
  movedTrashValues,
  movedValues,
  taskTransferStatements as tasks,
} from '../../tasks/transfer/task-transfer.statements';
import { accountStatements as accounts } from '../../users/account.statements';
import { noSuchUser, refusal } from '../command-error';
import { grouped } from '../option-values';
import { openTwoUserTransaction, type TwoUserTransaction } from '../operator-scope';

const PAGE_ROWS = 1_000;

export interface Move {
  readonly from: string;
  readonly to: string;
  /** MAX_TASKS_PER_USER. */
  readonly most: number;
  readonly dryRun: boolean;
}

export interface Moved {
  readonly tasks: number;
  /** Those that are in the trash. */
  readonly deleted: number;
  /** Whether the other user had no account before. */
  readonly isNew: boolean;
  /** The address that the account has afterwards. */
  readonly email: string | null;
}

/**
 * Moves all tasks of one user to another, in one transaction, and removes the old account.
 * Row-level security holds throughout: the transaction acts as one of the two users at a time.
 * @throws CommandError if there is nothing to move, or it does not fit
 */
export async function moveUser(move: Move, api: ConnectionSettings): Promise<Moved> {
  const two = await openTwoUserTransaction(move, api);
  try {
    const [account] = (await two.asSource(accounts.lock, [])).rows;
    if (account === undefined) throw noSuchUser(move.from);
    const [email = null, createdAt] = account;
    const { count: made } = await two.asTarget(accounts.make, [createdAt]);
    const moved = await moveRows(two, TASKS);
    const deleted = await moveRows(two, TRASH);
    await requireRoom(two, move.most);
    await two.asSource(accounts.remove, []);
    await two.asTarget(accounts.adopt, [email]);
    const [facts] = (await two.asTarget(accounts.facts, [])).rows;
    if (!move.dryRun) await two.commit();
    return { tasks: moved, deleted, isNew: made > 0, email: facts?.[0] ?? null };
  } finally {
    await two.close();
  }
}

interface Moving {
  readonly what: string;
  /** [id of the row before | null, limit] */
  readonly page: CompiledStatement;
  readonly moved: CompiledStatement;
  readonly values: (rows: readonly Row[]) => readonly unknown[];
}

const TASKS: Moving = {
  what: 'tasks',
  page: tasks.lockedPage,
  moved: tasks.moved,
  values: movedValues,
};
const TRASH: Moving = {
  what: 'deleted tasks',
  page: tasks.lockedTrash,
  moved: tasks.movedTrash,
  values: movedTrashValues,
};

/** A page is locked while it is read, so that no write to it gets lost. */
async function moveRows(two: TwoUserTransaction, moving: Moving): Promise<number> {
  let moved = 0;
  for (let last: string | null = null; ;) {
    const { rows } = await two.asSource(moving.page, [last, PAGE_ROWS]);
    if (rows.length === 0) return moved;
    const { count } = await two.asTarget(moving.moved, moving.values(rows));
    if (count < rows.length) {
      throw refusal(
        `${grouped(rows.length - count)} of the ${moving.what} have ids that the other user has, too. Nothing was moved. Delete them there, or here, also from the trash.`,
      );
    }
    moved += count;
    last = rows.at(-1)?.[0] ?? null;
  }
}

async function requireRoom(two: TwoUserTransaction, most: number): Promise<void> {
  const { rows } = await two.asTarget(tasks.count, []);
  const together = Number(rows[0]?.[0]);
  if (most === 0 || together <= most) return;
  throw refusal(
    `The user would have ${grouped(together)} tasks, and MAX_TASKS_PER_USER allows ${grouped(most)}. ` +
      'Nothing was moved. Set it higher, or to 0, for the server and for this command.',
  );
}
