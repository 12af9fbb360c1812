import { migrate } from '../../database/schema/migrate';
import { defineCommand } from '../command';
import { withDatabase } from './command-database';
import { flag } from '../option';

export const migrateCommand = defineCommand({
  name: 'migrate',
  summary: 'Bring the schema of the database up to date',
  details:
    'The server does the same when it starts. Uses DATABASE_OWNER_URL where it is set, and may run\n' +
    'beside a server.',
  options: { json: flag('print {"migrations": […]}, the names of those that ran') },
  example: 'migrate',
  run: async ({ json }, { env, stdout }) => {
    const migrations = await withDatabase(await env(), ({ owner }) => migrate(owner));
    stdout.write(json ? `${JSON.stringify({ migrations })}\n` : describe(migrations));
  },
});

function describe(migrations: readonly string[]): string {
  if (migrations.length === 0) return 'Nothing to do: the schema is up to date.\n';
  return migrations.map((name) => `Ran ${name}\n`).join('');
}
