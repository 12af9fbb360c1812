import { Client, type ClientConfig } from 'pg';
import { ANSWER_LIMIT_MS } from '../database-session';
import type { Finding } from './finding';
import { isolationBreaches } from './isolation-canary';
import { isolationFacts } from './isolation-facts';
import { findingsOf } from './isolation-findings';

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
  const findings = await inSession(session, async (client) => {
    const found = await examineCatalogue(client);
    return found.length > 0 ? found : isolationBreaches(client);
  });
  if (findings.length > 0) throw new IsolationGateError(findings);
}

/**
 * Reads the catalogue again, and writes nothing.
 * @throws the driver's error where it cannot look
 */
export function lookAtIsolation(session: ClientConfig): Promise<readonly Finding[]> {
  return inSession(session, examineCatalogue);
}

async function inSession<Result>(
  session: ClientConfig,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ ...session, query_timeout: ANSWER_LIMIT_MS });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function examineCatalogue(client: Client): Promise<readonly Finding[]> {
  await client.query('begin transaction read only');
  const facts = await isolationFacts(client);
  await client.query('rollback');
  return facts === undefined ? [NOT_MIGRATED] : findingsOf(facts);
}
