import type { Command } from './command';
import { migrateCommand } from './migrate.command';
import { openApiCommand } from './openapi.command';
import { seedCommand } from './seed.command';
import { tokenCommand } from './token.command';
import { versionCommand } from './version.command';

/** Every command, in the order of the help; the only place that names them. */
export const commands: readonly Command[] = [
  migrateCommand,
  seedCommand,
  tokenCommand,
  openApiCommand,
  versionCommand,
];
