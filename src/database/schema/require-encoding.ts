import { ANSWER_LIMIT_MS, type SessionConfig } from '../database-session';
import { withClient } from '../session/client';
import { caseWarning, encodingFacts, encodingFindings } from './database-encoding';
import { requireNoObstacles } from './database-obstacles';

/**
 * Looks at the database that requests are served from; the owner may have looked at another one.
 * @returns what the operator should know, if there is anything
 * @throws DatabaseObstaclesError
 */
export function requireEncoding(session: SessionConfig): Promise<string | undefined> {
  return withClient({ ...session, query_timeout: ANSWER_LIMIT_MS }, async (client) => {
    const facts = await encodingFacts(client);
    requireNoObstacles(encodingFindings(facts));
    return caseWarning(facts);
  });
}
