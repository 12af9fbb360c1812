import type { Command } from '@commander-js/extra-typings';
import { checkBackup } from '../../embedded-postgres/backup/backup-file';
import { totalOf } from '../../embedded-postgres/backup/backup-format';
import { requireVacant, restoreCluster } from '../../embedded-postgres/backup/restore-cluster';
import { describeRows, requireEmbedded } from './backup.command';
import { type CommandContext, exampleOf } from '../command';
import { fileName } from '../option-values';
import { stopwatch, withProgress } from '../progress';

export function defineRestore(command: Command, context: CommandContext): void {
  command
    .description(
      'All or nothing, into DATA_DIR, while no server runs. The file is checked first. The schema is that of the backup; the next start of the server brings it up to date.',
    )
    .argument('<FILE>', 'the file to read', fileName)
    .option('--force', 'move an existing database aside, and keep it')
    .option('--json', 'print {"rows", "migrations", "replaced", "seconds"}')
    .addHelpText('after', exampleOf('restore tasks-backup.sql.gz'))
    .action((file, { force = false, json = false }) => restore({ file, force, json }, context));
}

async function restore(
  { file, force, json }: { readonly file: string; readonly force: boolean; readonly json: boolean },
  { env: readEnv, stdout, stderr }: CommandContext,
): Promise<void> {
  const env = await readEnv();
  requireEmbedded(env);
  requireVacant(env.dataDir, force);
  const elapsedSeconds = stopwatch();
  const backup = await checkBackup(file);
  const replaced = await withProgress(stderr, totalOf(backup.rows), 'rows', (advances) =>
    restoreCluster({ file, backup, dataDir: env.dataDir, advances }, { replace: force }),
  );
  const seconds = elapsedSeconds();
  const { rows, migrations } = backup;
  if (json) {
    const answer = { rows, migrations, replaced: replaced ?? null };
    stdout.write(`${JSON.stringify({ ...answer, seconds: Number(seconds.toFixed(3)) })}\n`);
    return;
  }
  stdout.write(
    `Restored ${describeRows(backup)} of ${backup.created_at} in ${seconds.toFixed(1)} s\n`,
  );
  if (replaced !== undefined) stdout.write(`The database before is in ${replaced}\n`);
}
