import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from '@commander-js/extra-typings';
import type { ConnectionSettings } from '../../database/connection-settings';
import { taskJson } from '../../tasks/task-fields';
import { taskTransferStatements as statements } from '../../tasks/transfer/task-transfer.statements';
import { type CommandContext, exampleOf } from '../command';
import { withExistingDatabase } from '../commands/command-database';
import { cannotWrite } from '../command-error';
import { openTransactionOf } from './operator-scope';
import { fileName, grouped, uuid } from '../option-values';
import { type Progress, startProgress, stopwatch } from '../progress';
import { FORMATS, type Format, type TaskWriter, taskWriters } from './task-writers';
import { isOfWriting, writeWhole } from './atomic-file';

const PAGE_ROWS = 1_000;

export function defineExport(command: Command, context: CommandContext): void {
  command
    .description(
      'json is JSON Lines: a task in each line, as the API answers it. csv has a head line; a text that a spreadsheet would take for a formula gets an apostrophe before it, which import takes away. The tasks are those of one moment; a server may run meanwhile.',
    )
    .requiredOption('--user <ID>', 'whose tasks', uuid)
    .addOption(
      new Option('--format <FORMAT>', 'of the file').choices(FORMATS).makeOptionMandatory(),
    )
    .option('--out <FILE>', 'write to a file instead; it appears when it is complete', fileName)
    .addHelpText(
      'after',
      exampleOf('export --user 9aac614b-e5ba-5338-9a1f-1c3745be5fe4 --format csv --out tasks.csv'),
    )
    .action(({ user, format, out }) => exportTasks({ user, format, out }, context));
}

async function exportTasks(
  {
    user,
    format,
    out,
  }: { readonly user: string; readonly format: Format; readonly out: string | undefined },
  { env: readEnv, stdout, stderr }: CommandContext,
): Promise<void> {
  const env = await readEnv();
  const elapsedSeconds = stopwatch();
  const exporting: Exporting = { writer: taskWriters[format], userId: user, stderr, rows: 0 };
  await withExistingDatabase(env, async ({ api }) => {
    if (out === undefined) {
      await pipeline(textOf(exporting, api), stdout, { end: false }).catch(explainOutput);
    } else {
      await writeWhole(out, (temporary) =>
        pipeline(
          textOf(exporting, api),
          createWriteStream(temporary, { mode: 0o600, flush: true }),
        ),
      );
    }
  });
  const seconds = elapsedSeconds().toFixed(1);
  stderr.write(`Exported ${grouped(exporting.rows)} tasks in ${seconds} s\n`);
}

interface Exporting {
  readonly writer: TaskWriter;
  readonly userId: string;
  readonly stderr: NodeJS.WriteStream;
  /** So far. */
  rows: number;
}

/** The whole is never in memory: a page is read when the one before has been taken. */
async function* textOf(exporting: Exporting, api: ConnectionSettings): AsyncGenerator<string> {
  const transaction = await openTransactionOf(exporting.userId, 'read', api);
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
      yield exporting.writer.page(rows.map(taskJson));
      exporting.rows += rows.length;
      progress.advance(exporting.rows);
    }
    await transaction.commit();
  } finally {
    progress?.stop();
    await transaction.close();
  }
}

/** Whoever reads standard output may have enough before the end, such as `head`; or the disk is full. */
function explainOutput(error: unknown): never {
  if (!isOfWriting(error)) throw error;
  throw cannotWrite(error.code === 'EPIPE' ? 'standard output is closed' : error.message);
}
