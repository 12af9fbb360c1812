import { Client, type ClientConfig } from 'pg';
import { ANSWER_LIMIT_MS } from './database-session';
import { isolationBreaches } from './isolation-canary';
import { isolationFacts } from './isolation-facts';
import { type Finding, findingsOf } from './isolation-findings';

/** The database would not keep users apart; the message says what to run as its owner. */
export class IsolationGateError extends Error {
  constructor(findings: readonly Finding[]) {
    const remedies = new Set(findings.flatMap(({ remedies }) => remedies));
    const lines = [
      'The database does not keep users apart, so the API does not start:',
      ...findings.map(({ what }) => `  ${what}`),
      'Run as the owner of the database, or let DATABASE_URL name a login for which it holds:',
      ...Array.from(remedies, (remedy) => `  ${remedy}`),
    ];
    super(lines.join('\n'));
    this.name = 'IsolationGateError';
  }
}

const NOT_MIGRATED: Finding = {
  what: 'the role task_api or its tables are missing',
  remedies: [
    'npm run db:migrate, with DATABASE_OWNER_URL naming the same database as DATABASE_URL',
  ],
};

/**
 * Proves, on a session like those that serve requests, that row-level security holds: by what the
 * catalogue says about the session and the tables, and then by trying to break it.
 * @throws IsolationGateError
 */
export async function requireIsolation(session: ClientConfig): Promise<void> {
  const client = new Client({ ...session, query_timeout: ANSWER_LIMIT_MS });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const findings = await examine(client);
    if (findings.length > 0) throw new IsolationGateError(findings);
  } finally {
    await client.end();
  }
}

async function examine(client: Client): Promise<readonly Finding[]> {
  const facts = await isolationFacts(client);
  if (facts === undefined) return [NOT_MIGRATED];
  const findings = findingsOf(facts);
  return findings.length > 0 ? findings : isolationBreaches(client, facts);
}
