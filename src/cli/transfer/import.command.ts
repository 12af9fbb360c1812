import { type Command, Option } from '@commander-js/extra-typings';
import type { Env } from '../../config/env';
import type { ConnectionSettings } from '../../database/session/connection-settings';
import { type CommandContext, exampleOf, REPEATABLE } from '../command';
import { withExistingDatabase } from '../command-database';
import { badData, usageError } from '../command-error';
import { columnMap } from './column-map';
import { startText } from './formats/sources/encoding';
import {
  detectFormat,
  readerOf,
  SOURCE_FORMATS,
  type SourceFormat,
} from './formats/sources/source-formats';
import { type ColumnMap, type SourceRow, UnreadableFile } from './formats/sources/source-row';
import { describeImport, type ImportOutcome, importJson } from './import-report';
import { type Checked, checkTasks, type Importing, writeTasks } from './import-tasks';
import { openTransactionOf } from '../operator-scope';
import {
  EMAIL_OPTION,
  ISSUER_OPTION,
  namedUser,
  SUBJECT_OPTION,
  type UserNaming,
  YES_OPTION,
} from '../accounts/named-user';
import { fileName, userId } from '../option-values';
import { stopwatch, withProgress } from '../progress';
import { requireOtherFile, withRejectsFile } from './rejects-file';
import { contentOf, openSource, startOf } from './source-file';

export function defineImport(command: Command, context: CommandContext): void {
  command
    .description(
      'Reads what export writes, and files of other programs. Values that a task cannot hold are counted and reported. The file is read twice. First every row is checked: if one breaks a rule of the API, its place and the fault are reported, and no row is imported. Then 1,000 tasks at a time are committed, since writes of the user wait for them; a stopped import is not undone. A task whose id exists stays unchanged. A row without an id gets one derived from its place and content, and from the time of the file if it has none. So the same file may be imported again, and continues where it stopped.',
    )
    .argument('<FILE>', 'the file to read', fileName)
    .option('--user <ID>', 'the new owner of the tasks', userId)
    .addOption(EMAIL_OPTION)
    .addOption(SUBJECT_OPTION)
    .addOption(ISSUER_OPTION)
    .addOption(YES_OPTION)
    .addOption(
      new Option('--from <PROGRAM>', 'the program that wrote it; auto detects it')
        .choices(['auto', ...SOURCE_FORMATS])
        .default('auto' as const),
    )
    .option('--map <FIELD=COLUMN>', `CSV: the column for a field; ${REPEATABLE}`, columnMap)
    .option('--rejects <FILE>', 'write invalid rows to this file, and import the others', fileName)
    .option('--dry-run', 'read and check everything, and import nothing')
    .option(
      '--json',
      'print {"from", "dry_run", "tasks", "new_tasks", "rejected", "left_out", "seconds"}',
    )
    .addHelpText(
      'after',
      exampleOf('import tasks.csv --user 9aac614b-e5ba-5338-9a1f-1c3745be5fe4 --dry-run'),
    )
    .action(async (file, { json, ...options }) => {
      const outcome = await importFile({ file, ...options }, context);
      context.stdout.write(json === true ? importJson(outcome) : describeImport(outcome));
    });
}

interface ImportOptions extends UserNaming {
  readonly file: string;
  readonly yes?: true;
  readonly from: SourceFormat | 'auto';
  readonly map?: ColumnMap;
  readonly rejects?: string;
  readonly dryRun?: true;
}

async function importFile(
  { file, map = new Map(), ...options }: ImportOptions,
  { env: readEnv, stderr }: CommandContext,
): Promise<ImportOutcome> {
  const env = await readEnv();
  const { rejects, dryRun = false } = options;
  const { source, bytes, writtenAtMs } = await openSource(file);
  try {
    if (rejects !== undefined) await requireOtherFile(rejects, file);
    const start = startText(await startOf(source));
    const from = options.from === 'auto' ? detectFormat(start, file, map) : options.from;
    if (map.size > 0 && from !== 'csv') {
      throw usageError(`--map is for CSV, and this file is read as ${from}`, 'import --help');
    }
    const elapsedSeconds = stopwatch();
    const passOver = async <Result>(pass: (rows: FileRows) => Promise<Result>) => {
      const stream = source.createReadStream({ start: 0, autoClose: false });
      const rows = readerOf(from)({ bytes: contentOf(stream), start, columns: map });
      // It is read to its end, or not again: to destroy a stream closes the file.
      return pass({ rows, bytesRead: () => stream.bytesRead }).catch((error: unknown) => {
        stream.destroy();
        throw error;
      });
    };
    const [total, unit] = dryRun ? [bytes, 'bytes'] : [2 * bytes, 'bytes, read twice'];
    const imported = await withProgress(stderr, total, unit, (advances) =>
      withExistingDatabase(env, async ({ api, owner }) => {
        const { userId: named } = await namedUser(options, env, owner, 'import');
        const to = { userId: named, writtenAtMs, rejects, env, api };
        const checked = await passOver(({ rows, bytesRead }) =>
          checkRows({ ...to, rows, advances: () => advances(bytesRead()) }),
        );
        if (dryRun) return checked;
        const { families, leftOut } = checked;
        const { newTasks, lostParents } = await passOver(({ rows, bytesRead }) =>
          writeRows({ ...to, families, rows, advances: () => advances(bytes + bytesRead()) }),
        );
        for (let n = 0; n < lostParents; n += 1) leftOut.addFields(['parent_id']);
        return { ...checked, newTasks };
      }),
    );
    return { imported, from, rejects, dryRun, seconds: elapsedSeconds() };
  } catch (error) {
    const isFile = error instanceof UnreadableFile;
    throw isFile ? badData(`Nothing was imported: ${error.message}`) : error;
  } finally {
    await source.close();
  }
}

interface FileRows {
  readonly rows: AsyncIterable<SourceRow>;
  readonly bytesRead: () => number;
}

interface Import extends Importing {
  readonly rejects: string | undefined;
  readonly env: Env;
  readonly api: ConnectionSettings;
}

async function checkRows({ rejects: file, env, api, ...importing }: Import): Promise<Checked> {
  const most = env.maxTasksPerUser;
  const transaction = await openTransactionOf(importing.userId, 'read', api);
  try {
    // The rejected rows are safe before the others are.
    return file === undefined
      ? await checkTasks({ ...importing, most, rejects: undefined }, transaction)
      : await withRejectsFile(file, (rejects) =>
          checkTasks({ ...importing, most, rejects }, transaction),
        );
  } finally {
    await transaction.close();
  }
}

async function writeRows({
  api,
  ...importing
}: Import & Pick<Checked, 'families'>): ReturnType<typeof writeTasks> {
  const transaction = await openTransactionOf(importing.userId, 'write', api);
  try {
    return await writeTasks(importing, transaction);
  } finally {
    await transaction.close();
  }
}
