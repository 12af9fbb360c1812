import type { ListedCommand } from './command';

/** Every command, in the order of the help; the only place that names them. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'migrate',
    summary: 'Bring the schema of the database up to date',
    load: async () => (await import('./commands/migrate.command.js')).defineMigrate,
  },
  {
    name: 'distribute',
    summary: 'Distribute the tables over a Citus cluster',
    load: async () => (await import('./distribute/distribute.command.js')).defineDistribute,
  },
  {
    name: 'seed',
    summary: 'Fill the database with invented users and tasks',
    load: async () => (await import('./seed/seed.command.js')).defineSeed,
  },
  {
    name: 'token',
    summary: 'Print a token for an e-mail address',
    load: async () => (await import('./commands/token.command.js')).defineToken,
  },
  {
    name: 'doctor',
    summary: 'Check configuration, database and machine, and say what to fix',
    load: async () => (await import('./doctor/doctor.command.js')).defineDoctor,
  },
  {
    name: 'healthcheck',
    summary: 'Check whether the server on this machine can serve',
    load: async () => (await import('./commands/healthcheck.command.js')).defineHealthcheck,
  },
  {
    name: 'backup',
    summary: 'Write the embedded database into a file',
    load: async () => (await import('./commands/backup.command.js')).defineBackup,
  },
  {
    name: 'restore',
    summary: 'Restore the embedded database from a backup',
    load: async () => (await import('./commands/restore.command.js')).defineRestore,
  },
  {
    name: 'resync',
    summary: 'Let all clients sync from the beginning, after a restore',
    load: async () => (await import('./commands/resync.command.js')).defineResync,
  },
  {
    name: 'purge',
    summary: 'Erase deleted tasks that have expired in the trash',
    load: async () => (await import('./commands/purge.command.js')).definePurge,
  },
  {
    name: 'user',
    summary: 'Print the id, subject and account of a user',
    load: async () => (await import('./accounts/user.command.js')).defineUser,
  },
  {
    name: 'move-user',
    summary: 'Move all tasks of one user to another',
    load: async () => (await import('./accounts/move-user.command.js')).defineMoveUser,
  },
  {
    name: 'export',
    summary: 'Write all tasks of one user, oldest first',
    load: async () => (await import('./transfer/export.command.js')).defineExport,
  },
  {
    name: 'import',
    summary: 'Import tasks from a file for one user',
    load: async () => (await import('./transfer/import.command.js')).defineImport,
  },
  {
    name: 'openapi',
    summary: 'Print the OpenAPI document of the API',
    load: async () => (await import('./commands/openapi.command.js')).defineOpenApi,
  },
  {
    name: 'version',
    summary: 'Print the versions of Task API, Node.js and the bundled PostgreSQL',
    load: async () => (await import('./commands/version.command.js')).defineVersion,
  },
];
