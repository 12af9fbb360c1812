import { hash } from 'node:crypto';
import type { ScopedTransaction } from '../../database/operator/scoped-transaction';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { type ImportedTask, importedTask } from '../../tasks/transfer/imported-task';
import {
  taskTransferStatements as statements,
  timeZonesStatement,
  transferValues,
} from '../../tasks/transfer/task-transfer.statements';
import { UNKNOWN_ZONE } from '../../tasks/dto/time-rules';
import { refusal } from '../command-error';
import { grouped } from '../option-values';
import type { SourceRow } from './formats/sources/source-row';
import { placed } from './formats/sources/source-task';
import { Families } from './families';
import { ImportFaults } from './import-faults';
import { LeftOut } from './left-out';
import type { Rejects } from './rejects-file';

/** Of one transaction: writes of the user wait for it, and the size hides a round trip. */
const BATCH_ROWS = 1_000;

export interface Importing {
  readonly rows: AsyncIterable<SourceRow>;
  readonly userId: string;
  /** When the file was written: the time of tasks that have none. */
  readonly writtenAtMs: number;
  /** Called after each batch. */
  readonly advances: () => void;
}

export interface Checking extends Importing {
  /** MAX_TASKS_PER_USER. */
  readonly most: number;
  /** Receives rows that cannot be imported; without it, one such row stops the whole import. */
  readonly rejects: Rejects | undefined;
}

export interface Checked {
  /** In the file, without those rejected. */
  readonly tasks: number;
  /** Those that the user does not have yet. */
  readonly newTasks: number;
  readonly faults: ImportFaults;
  readonly leftOut: LeftOut;
  readonly families: Families;
}

/**
 * Reads the whole file, and writes nothing.
 * @throws CommandError where it cannot be imported
 */
export async function checkTasks(
  { most, rejects, advances, ...source }: Checking,
  transaction: ScopedTransaction,
): Promise<Checked> {
  const faults = new ImportFaults();
  const leftOut = new LeftOut();
  const families = new Families();
  const given = new Set<string>();
  let [tasks, newTasks] = [0, 0];
  const read = readTasks(source, await zonesOf(transaction), {
    other: (noun) => leftOut.addOther(noun),
    fault: async (row, fault) => {
      faults.add(row.place, fault);
      await rejects?.add(row.rejected, `${row.place}: ${fault}`);
    },
  });
  for await (const batch of batchesOf(read)) {
    for (const { leftOut: names } of batch) leftOut.addFields(names);
    tasks += batch.length;
    const ids: string[] = [];
    for (const { row, task, hasId } of batch) {
      families.note(row.place, row.task, { id: task.id, hasId });
      if (given.has(task.id)) continue;
      if (hasId) given.add(task.id);
      ids.push(task.id);
    }
    const { rows: there } = await transaction.send(statements.there, [ids]);
    newTasks += ids.length - Number(there[0]?.[0]);
    advances();
  }
  if (rejects === undefined) faults.throwIfAny(tasks + faults.count);
  if (newTasks > 0) await requireRoom(transaction, newTasks, most);
  for (let n = 0; n < families.orphans; n += 1) leftOut.addFields(['parent']);
  return { tasks, newTasks, faults, leftOut, families };
}

/**
 * Writes the tasks of a file that has been checked, and commits them some at a time. Existing tasks
 * stay unchanged, so a repeated import continues where it stopped.
 * @returns how many are new, and how many have lost their parent because it is missing or not
 * allowed
 */
export async function writeTasks(
  { advances, families, ...source }: Importing & Pick<Checked, 'families'>,
  transaction: ScopedTransaction,
): Promise<{ readonly newTasks: number; readonly lostParents: number }> {
  let newTasks = 0;
  const subtasks: string[] = [];
  const nothing = { other: () => undefined, fault: () => Promise.resolve() };
  const read = readTasks(source, await zonesOf(transaction), nothing);
  for await (const batch of batchesOf(read)) {
    const tasks = batch.map(({ row, task }) => withParent(task, families.parentOf(row.task)));
    for (const { id, fields } of tasks) if (fields.parent_id !== null) subtasks.push(id);
    const { count } = await transaction.send(statements.tasks, transferValues(tasks));
    await transaction.commitAndGoOn();
    newTasks += count;
    advances();
  }
  if (subtasks.length === 0) return { newTasks, lostParents: 0 };
  const { count: lostParents } = await transaction.send(statements.settled, [subtasks]);
  await transaction.commitAndGoOn();
  return { newTasks, lostParents };
}

function withParent(task: ImportedTask, parent: string | undefined): ImportedTask {
  return parent === undefined || parent === task.id
    ? task
    : { ...task, fields: { ...task.fields, parent_id: parent } };
}

async function zonesOf(transaction: ScopedTransaction): Promise<ReadonlySet<string>> {
  const { rows } = await transaction.send(timeZonesStatement, []);
  return new Set(rows.map(([name]) => name ?? ''));
}

/** @throws CommandError if the user would have more tasks than the API allows */
async function requireRoom(
  transaction: ScopedTransaction,
  newTasks: number,
  most: number,
): Promise<void> {
  const { rows } = await transaction.send(statements.count, []);
  const tasks = Number(rows[0]?.[0]) + newTasks;
  if (most === 0 || tasks <= most) return;
  throw refusal(
    `The user would have ${grouped(tasks)} tasks, and MAX_TASKS_PER_USER allows ${grouped(most)}. ` +
      'Nothing was imported. Set it higher, or to 0, for the server and for this command.',
  );
}

type TaskRow = Exclude<SourceRow, { readonly other: string }>;

interface ReadTask {
  readonly row: Extract<SourceRow, { readonly task: unknown }>;
  readonly task: ImportedTask;
  /** Whether the file has its id, which may then stand there twice. */
  readonly hasId: boolean;
  readonly leftOut: readonly string[];
}

interface Finds {
  readonly other: (noun: string) => void;
  readonly fault: (row: TaskRow, fault: string) => Promise<void>;
}

async function* readTasks(
  { rows, userId, writtenAtMs }: Omit<Importing, 'advances'>,
  zones: ReadonlySet<string>,
  finds: Finds,
): AsyncGenerator<ReadTask> {
  let seq = 0;
  const atMs = Math.min(writtenAtMs, Date.now());
  for await (const row of rows) {
    if ('other' in row) {
      finds.other(row.other);
      continue;
    }
    seq += 1;
    const read = taskOf(row, { userId, atMs, seq }, zones);
    if ('fault' in read) await finds.fault(row, read.fault);
    else yield read;
  }
}

async function* batchesOf(tasks: AsyncIterable<ReadTask>): AsyncGenerator<readonly ReadTask[]> {
  let batch: ReadTask[] = [];
  for await (const task of tasks) {
    batch.push(task);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function taskOf(
  row: TaskRow,
  { userId, ...from }: { readonly userId: string; readonly atMs: number; readonly seq: number },
  zones: ReadonlySet<string>,
): ReadTask | { readonly fault: string } {
  if ('fault' in row) return row;
  const { value, leftOut } = placed(row.task);
  try {
    // The same row of the same file always becomes the same task, so an import may be repeated.
    const random = hash('sha256', JSON.stringify([userId, from.seq, value]), 'buffer');
    const task = importedTask(value, userId, { ...from, random });
    const zone = task.fields.time_zone;
    const isKnown = zone === null || zones.has(zone);
    return isKnown
      ? { row, task, leftOut, hasId: 'id' in value }
      : { fault: `time_zone ${UNKNOWN_ZONE}` };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { fault: error.faults.map(inWords).join('; ') };
  }
}

function inWords(fault: RequestFault): string {
  const property = 'pointer' in fault ? fault.pointer.slice(1) : '';
  return `${property} ${fault.detail}`.trim();
}
