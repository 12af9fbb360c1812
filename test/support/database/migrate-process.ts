import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import { migrate } from '../../../src/database/schema/migrate';

/** A process that migrates a database, as a starting server does; prints what it ran as JSON. */
async function main(owner: ConnectionSettings): Promise<void> {
  process.stdout.write(JSON.stringify(await migrate(owner)));
}

void main(JSON.parse(process.argv[2] ?? '{}') as ConnectionSettings);
