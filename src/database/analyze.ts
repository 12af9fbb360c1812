import { Client } from 'pg';
import type { ConnectionSettings } from './connection-settings';

/** Lets the planner know what a bulk load has changed, rather than leave that to autovacuum. */
export async function analyze(owner: ConnectionSettings): Promise<void> {
  const client = new Client({ ...owner, application_name: 'task-api analyze' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('analyze users, tasks');
  } finally {
    await client.end();
  }
}
