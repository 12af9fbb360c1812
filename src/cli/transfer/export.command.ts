import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from '@commander-js/extra-typings';
import type { ConnectionSettings } from '../../database/session/connection-settings';
import { taskJson } from '../../tasks/task-fields';
import { taskTransferStatements as statements } from '../../tasks/transfer/task-transfer.statements';
import { type CommandContext, exampleOf } from '../command';
import { withExistingDatabase } from '../command-database';
import { cannotPrint, usageError } from '../command-error';
import { TARGET_FORMATS, type TargetFormat, taskWriters } from './formats/targets/target-formats';
import type { TaskWriter } from './formats/targets/task-writer';
import { LeftOut } from './left-out';
import { openTransactionOf } from '../operator-scope';
import {
  EMAIL_OPTION,
  ISSUER_OPTION,
  namedUser,
  SUBJECT_OPTION,
  type UserNaming,
  YES_OPTION,
} from '../accounts/named-user';
import { counted, fileName, userId } from '../option-values';
import { type Progress, startProgress, stopwatch } from '../progress';
import { isOfWriting, writeWhole } from '../atomic-file';

const PAGE_ROWS = 1_000;
const BYTE_ORDER_MARK = '\ufeff';

export function defineExport(command: Command, context: CommandContext): void {
  command
    .description(
      'json is JSON Lines: one task in each line, as the API returns it. csv has a header; a text that a spreadsheet would run as a formula gets a leading apostrophe, which import removes. ics is iCalendar. Values that a format cannot hold are counted and reported. The export is a snapshot; a server may run meanwhile.',
    )
    .option('--user <ID>', 'the owner of the tasks', userId)
    .addOption(EMAIL_OPTION)
    .addOption(SUBJECT_OPTION)
    .addOption(ISSUER_OPTION)
    .addOption(YES_OPTION)
    .addOption(
      new Option('--format <FORMAT>', 'of the file').choices(TARGET_FORMATS).makeOptionMandatory(),
    )
    .option('--bom', 'csv: begin with a byte order mark, so that Excel reads it as UTF-8')
    .option('--out <FILE>', 'write to a file instead; it appears when it is complete', fileName)
    .addHelpText(
      'after',
      exampleOf('export --user 9aac614b-e5ba-5338-9a1f-1c3745be5fe4 --format csv --out tasks.csv'),
    )
    .action((options) => exportTasks(options, context));
}

interface ExportOptions extends UserNaming {
  readonly yes?: true;
  readonly format: TargetFormat;
  readonly bom?: true;
  readonly out?: string | undefined;
}

async function exportTasks(
  { format, bom, out, ...naming }: ExportOptions,
  { env: readEnv, stdout, stderr }: CommandContext,
): Promise<void> {
  if (bom === true && format !== 'csv') {
    throw usageError(`--bom is for csv, and --format is ${format}`, 'export --help');
  }
  const env = await readEnv();
  const elapsedSeconds = stopwatch();
  const writer = taskWriters[format];
  const exporting: Exporting = {
    writer: bom === true ? { ...writer, head: `${BYTE_ORDER_MARK}${writer.head}` } : writer,
    stderr,
    leftOut: new LeftOut(),
    rows: 0,
  };
  await withExistingDatabase(env, async ({ api, owner }) => {
    const { userId: named } = await namedUser(naming, env, owner, 'export');
    const text = (): AsyncGenerator<string> => textOf(exporting, named, api);
    if (out === undefined) {
      await pipeline(text(), stdout, { end: false }).catch(explainOutput);
    } else {
      await writeWhole(out, (temporary) =>
        pipeline(text(), createWriteStream(temporary, { mode: 0o600, flush: true })),
      );
    }
  });
  const seconds = elapsedSeconds().toFixed(1);
  const told = [
    `Exported ${counted(exporting.rows, 'task')} in ${seconds} s`,
    ...exporting.leftOut.lines(format),
  ];
  stderr.write(`${told.join('\n')}\n`);
}

interface Exporting {
  readonly writer: TaskWriter;
  readonly stderr: NodeJS.WriteStream;
  readonly leftOut: LeftOut;
  /** So far. */
  rows: number;
}

/** A page is read when the one before has been consumed, so the whole is never in memory. */
async function* textOf(
  exporting: Exporting,
  named: string,
  api: ConnectionSettings,
): AsyncGenerator<string> {
  const transaction = await openTransactionOf(named, 'read', api);
  let progress: Progress | undefined;
  try {
    const { rows: counts } = await transaction.send(statements.count, []);
    progress = startProgress(exporting.stderr, Number(counts[0]?.[0]), 'tasks');
    yield exporting.writer.head;
    let last: string | null = null;
    for (let isLast = false; !isLast;) {
      const { rows } = await transaction.send(statements.page, [last, PAGE_ROWS]);
      isLast = rows.length < PAGE_ROWS;
      if (rows.length === 0) break;
      last = rows.at(-1)?.[0] ?? null;
      const tasks = rows.map(taskJson);
      yield exporting.writer.page(tasks);
      for (const task of tasks) exporting.leftOut.addFields(exporting.writer.leftOut?.(task) ?? []);
      exporting.rows += rows.length;
      progress.advance(exporting.rows);
    }
    yield exporting.writer.tail;
    await transaction.commit();
  } finally {
    progress?.stop();
    await transaction.close();
  }
}

/** The reader of standard output may stop before the end, such as `head`; or the disk is full. */
function explainOutput(error: unknown): never {
  if (!isOfWriting(error)) throw error;
  throw cannotPrint(error);
}
