import type { Command } from './command';

/** How to load each command by its name: none waits for what only another one needs. */
export type Commands = ReadonlyMap<string, () => Promise<Command>>;

/** Every command, in the order of the help; the only place that names them. */
export const commands: Commands = new Map([
  ['migrate', async () => (await import('./migrate.command.js')).migrateCommand],
  ['seed', async () => (await import('./seed.command.js')).seedCommand],
  ['token', async () => (await import('./token.command.js')).tokenCommand],
  ['doctor', async () => (await import('./doctor.command.js')).doctorCommand],
  ['healthcheck', async () => (await import('./healthcheck.command.js')).healthcheckCommand],
  ['backup', async () => (await import('./backup.command.js')).backupCommand],
  ['restore', async () => (await import('./restore.command.js')).restoreCommand],
  ['export', async () => (await import('./export.command.js')).exportCommand],
  ['import', async () => (await import('./import.command.js')).importCommand],
  ['openapi', async () => (await import('./openapi.command.js')).openApiCommand],
  ['version', async () => (await import('./version.command.js')).versionCommand],
]);
