import type { ScopedTransaction } from '../../database/scoped-transaction';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { type ImportedTask, importedTask } from '../../tasks/transfer/imported-task';
import {
  taskTransferStatements as statements,
  timeZonesStatement,
  transferValues,
} from '../../tasks/transfer/task-transfer.statements';
import { UNKNOWN_ZONE } from '../../tasks/dto/due-rules';
import { refusal } from '../command-error';
import { grouped } from '../option-values';
import type { SourceRow } from './formats/sources/source-row';
import { placed } from './formats/sources/source-task';
import { ImportFaults } from './import-faults';
import { LeftOut } from './left-out';
import type { Rejects } from './rejects-file';

/** Large enough to hide a round trip. */
const BATCH_ROWS = 1_000;

export interface Importing {
  readonly rows: AsyncIterable<SourceRow>;
  readonly userId: string;
  /** MAX_TASKS_PER_USER. */
  readonly most: number;
  /** Takes what cannot be imported; without it, one such row keeps all from being imported. */
  readonly rejects: Rejects | undefined;
  /** Called after each batch. */
  readonly advances: () => void;
}

export interface Imported {
  /** In the file, without those rejected. */
  readonly tasks: number;
  readonly newTasks: number;
  readonly faults: ImportFaults;
  readonly leftOut: LeftOut;
}

/**
 * Writes the tasks of a file within a transaction, and leaves it open.
 * @throws CommandError
 */
export async function importTasks(
  { rows, userId, most, rejects, advances }: Importing,
  transaction: ScopedTransaction,
): Promise<Imported> {
  const faults = new ImportFaults();
  const leftOut = new LeftOut();
  let tasks = 0;
  let newTasks = 0;
  // PostgreSQL writes a batch while the next one is read.
  let writing = Promise.resolve();
  const write = async (batch: readonly ImportedTask[]): Promise<void> => {
    await writing;
    // Where one row is not valid, the others are checked, and no longer written.
    if (faults.count > 0 && rejects === undefined) return;
    writing = transaction.send(statements.tasks, transferValues(batch)).then(({ count }) => {
      newTasks += count;
      advances();
    });
    // Awaited by the next batch; until then a failure is not an unhandled one.
    writing.catch(() => undefined);
  };
  const { rows: names } = await transaction.send(timeZonesStatement, []);
  const zones = new Set(names.map(([name]) => name ?? ''));
  let batch: ImportedTask[] = [];
  for await (const row of rows) {
    if ('other' in row) {
      leftOut.addOther(row.other);
      continue;
    }
    const read = taskOf(row, userId, zones);
    if ('fault' in read) {
      faults.add(row.place, read.fault);
      await rejects?.add(row.rejected, `${row.place}: ${read.fault}`);
      continue;
    }
    tasks += 1;
    leftOut.addFields(read.leftOut);
    batch.push(read.task);
    if (batch.length < BATCH_ROWS) continue;
    await write(batch);
    batch = [];
  }
  if (batch.length > 0) await write(batch);
  await writing;
  if (rejects === undefined) faults.throwIfAny(tasks + faults.count);
  if (newTasks > 0) await requireRoom(transaction, most);
  return { tasks, newTasks, faults, leftOut };
}

/** @throws CommandError where the user would have more tasks than the API allows */
async function requireRoom(transaction: ScopedTransaction, most: number): Promise<void> {
  const { rows } = await transaction.send(statements.count, []);
  const tasks = Number(rows[0]?.[0]);
  if (most === 0 || tasks <= most) return;
  throw refusal(
    `The user would have ${grouped(tasks)} tasks, and MAX_TASKS_PER_USER allows ${grouped(most)}. ` +
      'Nothing was imported. Set it higher, or to 0, for the server and for this command.',
  );
}

type ReadTask =
  { readonly task: ImportedTask; readonly leftOut: readonly string[] } | { readonly fault: string };

function taskOf(
  row: Exclude<SourceRow, { readonly other: string }>,
  userId: string,
  zones: ReadonlySet<string>,
): ReadTask {
  if ('fault' in row) return row;
  const { value, leftOut } = placed(row.task);
  try {
    const task = importedTask(value, userId);
    const zone = task.fields.time_zone;
    const isKnown = zone === null || zones.has(zone);
    return isKnown ? { task, leftOut } : { fault: `time_zone ${UNKNOWN_ZONE}` };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { fault: error.faults.map(inWords).join('; ') };
  }
}

function inWords(fault: RequestFault): string {
  const property = 'pointer' in fault ? fault.pointer.slice(1) : '';
  return `${property} ${fault.detail}`.trim();
}
