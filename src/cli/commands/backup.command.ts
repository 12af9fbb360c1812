import { statSync } from 'node:fs';
import type { Command } from '@commander-js/extra-typings';
import type { Env } from '../../config/env';
import {
  type BackupSummary,
  checkBackup,
  writeBackup,
} from '../../embedded-postgres/backup/backup-file';
import { totalOf } from '../../embedded-postgres/backup/backup-format';
import { rehearseRestore } from '../../embedded-postgres/backup/restore-cluster';
import { type CommandContext, exampleOf } from '../command';
import { withExistingDatabase } from '../command-database';
import { refusal } from '../command-error';
import { counted, fileName, grouped } from '../option-values';
import { type Progress, startProgress, stopwatch, withProgress } from '../progress';
import { writeWhole } from '../atomic-file';

export function defineBackup(
  command: Command,
  { env: readEnv, stdout, stderr }: CommandContext,
): void {
  command
    .description(
      'A snapshot of the whole database; a server may run meanwhile. The file appears once it is complete and verified. It is compressed SQL (zcat shows it), not encrypted, and readable by its owner only. Back up your own database (DATABASE_URL) with pg_dump.',
    )
    .argument('<FILE>', 'the file to write', fileName)
    .option('--verify', 'also restore it into a temporary database, and count the rows')
    .option(
      '--json',
      'print {"file", "bytes", "rows", "sha256", "migrations", "verified", "seconds"}',
    )
    .addHelpText('after', exampleOf('backup tasks-backup.sql.gz --verify'))
    .action(async (file, { verify = false, json = false }) => {
      const env = await readEnv();
      requireEmbedded(env);
      const elapsedSeconds = stopwatch();
      const backup = await writeWhole(file, (temporary) =>
        write(temporary, env, { verify, stderr }),
      );
      const bytes = statSync(file).size;
      const verified = verify ? 'restored' : 'read back';
      const seconds = elapsedSeconds();
      stdout.write(
        json
          ? `${JSON.stringify({ file, bytes, ...facts(backup), verified, seconds: Number(seconds.toFixed(3)) })}\n`
          : `Wrote ${file}: ${describeRows(backup)}, ${grouped(bytes)} bytes in ${seconds.toFixed(1)} s; ${verified}, and complete\n`,
      );
    });
}

async function write(
  temporary: string,
  env: Env,
  { verify, stderr }: { readonly verify: boolean; readonly stderr: NodeJS.WriteStream },
): Promise<BackupSummary> {
  let progress: Progress | undefined;
  try {
    await withExistingDatabase(env, ({ owner }) =>
      writeBackup(temporary, owner, {
        begins: (rows) => (progress = startProgress(stderr, rows, 'rows')),
        advances: (rows) => progress?.advance(rows),
      }),
    );
  } finally {
    progress?.stop();
  }
  const backup = await checkBackup(temporary);
  if (verify) await rehearse(temporary, backup, env, stderr);
  return backup;
}

async function rehearse(
  file: string,
  backup: BackupSummary,
  { dataDir }: Env,
  stderr: NodeJS.WriteStream,
): Promise<void> {
  stderr.write('Restoring it into a temporary database\n');
  await withProgress(stderr, totalOf(backup.rows), 'rows', (advances) =>
    rehearseRestore({ file, backup, dataDir, advances }),
  );
}

/** @throws CommandError */
export function requireEmbedded({ database }: Env): void {
  if (database.url === undefined) return;
  throw refusal(
    'Only the embedded database: DATABASE_URL names another one, for which PostgreSQL has pg_dump and pg_restore',
  );
}

/** `3 users, 1,000 tasks, 20 deleted tasks` */
export function describeRows({ rows }: BackupSummary): string {
  const counts = Object.entries(rows)
    .filter(([, count]) => count > 0)
    .map(([table, count]) => {
      const plural = table === 'trash' ? 'deleted tasks' : table;
      return counted(count, plural.replace(/ies$/, 'y').replace(/s$/, ''), plural);
    });
  return counts.join(', ') || 'no rows';
}

function facts({ rows, sha256, migrations }: BackupSummary): object {
  return { rows, sha256, migrations };
}
