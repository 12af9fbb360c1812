import type { TestDatabase } from './test-database';

/** What PostgreSQL has written into the log of the tests' own server about sessions in the database. */
export async function serverLogOf(database: TestDatabase): Promise<readonly string[]> {
  const [row] = await database.query<{ log: string }>(
    `select pg_read_file(current_setting('data_directory') || '/../../postgres.log') as log`,
  );
  const session = `@${String(database.endpoint.owner.database)} `;
  return (row?.log ?? '').split('\n').filter((line) => line.includes(session));
}
