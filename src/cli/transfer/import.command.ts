import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Command, Option } from '@commander-js/extra-typings';
import type { ConnectionSettings } from '../../database/connection-settings';
import type { ScopedTransaction } from '../../database/scoped-transaction';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { type ImportedTask, importedTask } from '../../tasks/transfer/imported-task';
import {
  taskTransferStatements as statements,
  transferValues,
} from '../../tasks/transfer/task-transfer.statements';
import { type CommandContext, exampleOf } from '../command';
import { withExistingDatabase } from '../commands/command-database';
import { cannotRead, refusal } from '../command-error';
import { ImportFaults } from './import-faults';
import { openTransactionOf } from './operator-scope';
import { fileName, grouped, uuid } from '../option-values';
import { rate, stopwatch, withProgress } from '../progress';
import { type SourceRow, taskReaders } from './task-readers';
import { FORMATS, type Format } from './task-writers';

/** Large enough to hide a round trip. */
const BATCH_ROWS = 1_000;

export function defineImport(
  command: Command,
  { env: readEnv, stdout, stderr }: CommandContext,
): void {
  command
    .description(
      'All or nothing: where a row breaks a rule of the API, its line and the reason are reported, and none is imported. Reads what export writes; only the title is needed. A task whose id is there already stays as it is.',
    )
    .argument('<FILE>', 'where from', fileName)
    .requiredOption('--user <ID>', 'whose tasks they become', uuid)
    .addOption(
      new Option('--format <FORMAT>', 'of the file').choices(FORMATS).makeOptionMandatory(),
    )
    .option('--json', 'print {"tasks", "new_tasks", "seconds"}')
    .addHelpText(
      'after',
      exampleOf('import tasks.csv --user 9aac614b-e5ba-5338-9a1f-1c3745be5fe4 --format csv'),
    )
    .action(async (file, { user, format, json }) => {
      const env = await readEnv();
      const { source, bytes } = await openFile(file);
      const elapsedSeconds = stopwatch();
      const imported = await withExistingDatabase(env, ({ api }) =>
        withProgress(stderr, bytes, 'bytes', (advances) =>
          importTasks({ source, format, userId: user, most: env.maxTasksPerUser, advances }, api),
        ),
      ).finally(() => source.close());
      const seconds = elapsedSeconds();
      stdout.write(json === true ? asJson(imported, seconds) : describe(imported, seconds));
    });
}

interface Importing {
  readonly source: FileHandle;
  readonly format: Format;
  readonly userId: string;
  /** MAX_TASKS_PER_USER. */
  readonly most: number;
  readonly advances: (bytes: number) => void;
}

interface Imported {
  readonly tasks: number;
  readonly newTasks: number;
}

async function importTasks(
  { source, format, userId, most, advances }: Importing,
  api: ConnectionSettings,
): Promise<Imported> {
  const transaction = await openTransactionOf(userId, 'write', api);
  const stream = source.createReadStream();
  const faults = new ImportFaults();
  let tasks = 0;
  let newTasks = 0;
  try {
    // PostgreSQL writes a batch while the next one is read.
    let writing = Promise.resolve();
    const write = async (batch: readonly ImportedTask[]): Promise<void> => {
      await writing;
      // Where one row is not valid, the others are checked, and no longer written.
      if (faults.count > 0) return;
      writing = transaction.send(statements.tasks, transferValues(batch)).then(({ count }) => {
        newTasks += count;
        advances(stream.bytesRead);
      });
      // Awaited by the next batch; until then a failure is not an unhandled one.
      writing.catch(() => undefined);
    };
    let batch: ImportedTask[] = [];
    for await (const row of taskReaders[format](contentOf(stream))) {
      tasks += 1;
      const task = taskOf(row, userId, faults);
      if (task !== undefined) batch.push(task);
      if (batch.length < BATCH_ROWS) continue;
      await write(batch);
      batch = [];
    }
    if (batch.length > 0) await write(batch);
    await writing;
    faults.throwIfAny(tasks);
    if (newTasks > 0) await requireRoom(transaction, most);
    await transaction.commit();
    return { tasks, newTasks };
  } finally {
    stream.destroy();
    await transaction.close();
  }
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

function taskOf(
  { line, value, fault }: SourceRow,
  userId: string,
  faults: ImportFaults,
): ImportedTask | undefined {
  if (fault !== undefined) {
    faults.add(line, fault);
    return undefined;
  }
  try {
    return importedTask(value, userId);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    faults.add(line, error.faults.map(inWords).join('; '));
    return undefined;
  }
}

function inWords(fault: RequestFault): string {
  const property = 'pointer' in fault ? fault.pointer.slice(1) : '';
  return `${property} ${fault.detail}`.trim();
}

/** @throws CommandError before anything is touched where there is no such file */
async function openFile(file: string): Promise<{ source: FileHandle; bytes: number }> {
  // Not even to open a pipe can be interrupted.
  const stats = await stat(file).catch(refuseFile);
  if (!stats.isFile()) throw cannotRead(`${file} is no regular file`);
  return { source: await open(file).catch(refuseFile), bytes: stats.size };
}

async function* contentOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    refuseFile(error);
  }
}

function refuseFile(error: unknown): never {
  throw cannotRead(error instanceof Error ? error.message : String(error));
}

function describe({ tasks, newTasks }: Imported, seconds: number): string {
  const there = tasks - newTasks;
  return (
    `Imported ${grouped(newTasks)} tasks in ${seconds.toFixed(1)} s` +
    ` (${grouped(rate(tasks, seconds))} rows/s)` +
    `${there === 0 ? '' : `; ${grouped(there)} were there already`}\n`
  );
}

function asJson({ tasks, newTasks }: Imported, seconds: number): string {
  const answer = { tasks, new_tasks: newTasks, seconds: Number(seconds.toFixed(3)) };
  return `${JSON.stringify(answer)}\n`;
}
