import { ANSWER_LIMIT_MS, type SessionConfig } from '../database-session';
import { newClient } from '../new-client';
import { caseWarning, encodingFacts, encodingFindings } from './database-encoding';
import { requireNoObstacles } from './database-obstacles';

/**
 * Looks at the database that requests are served from; the owner may have looked at another one.
 * @returns what the operator should know, if there is anything
 * @throws DatabaseObstaclesError
 */
export async function requireEncoding(session: SessionConfig): Promise<string | undefined> {
  const client = newClient({ ...session, query_timeout: ANSWER_LIMIT_MS });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const facts = await encodingFacts(client);
    requireNoObstacles(encodingFindings(facts));
    return caseWarning(facts);
  } finally {
    await client.end();
  }
}
