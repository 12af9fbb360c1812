import type { Command } from './command';

/** How to load each command by its name: none waits for what only another one needs. */
export type Commands = ReadonlyMap<string, () => Promise<Command>>;

/** Every command, in the order of the help; the only place that names them. */
export const commands: Commands = new Map([
  ['migrate', async () => (await import('./commands/migrate.command.js')).migrateCommand],
  ['seed', async () => (await import('./seed/seed.command.js')).seedCommand],
  ['token', async () => (await import('./commands/token.command.js')).tokenCommand],
  ['doctor', async () => (await import('./doctor/doctor.command.js')).doctorCommand],
  [
    'healthcheck',
    async () => (await import('./commands/healthcheck.command.js')).healthcheckCommand,
  ],
  ['backup', async () => (await import('./commands/backup.command.js')).backupCommand],
  ['restore', async () => (await import('./commands/restore.command.js')).restoreCommand],
  ['export', async () => (await import('./transfer/export.command.js')).exportCommand],
  ['import', async () => (await import('./transfer/import.command.js')).importCommand],
  ['openapi', async () => (await import('./commands/openapi.command.js')).openApiCommand],
  ['version', async () => (await import('./commands/version.command.js')).versionCommand],
]);
