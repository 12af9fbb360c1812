import { checkBackup } from '../../embedded-postgres/backup/backup-file';
import { totalOf } from '../../embedded-postgres/backup/backup-format';
import { requireVacant, restoreCluster } from '../../embedded-postgres/backup/restore-cluster';
import { describeRows, requireEmbedded } from './backup.command';
import { defineCommand } from '../command';
import { argument, flag } from '../option';
import { nonEmpty } from '../option-values';
import { stopwatch, withProgress } from '../progress';

export const restoreCommand = defineCommand({
  name: 'restore',
  summary: 'Make the embedded database from a file that backup wrote',
  details:
    'All or nothing, into DATA_DIR, while no server runs. The file is checked first. The schema is\n' +
    'that of the backup; the next start of the server brings it up to date.',
  options: {
    file: argument({ placeholder: 'FILE', description: 'where from', read: nonEmpty }),
    force: flag('move a database that is there aside; it is kept'),
    json: flag('print {"rows", "migrations", "replaced", "seconds"}'),
  },
  example: 'restore tasks-backup.sql.gz',
  run: async ({ file, force, json }, { env: readEnv, stdout, stderr }) => {
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
  },
});
