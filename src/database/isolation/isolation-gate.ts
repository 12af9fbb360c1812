import type { Client } from 'pg';
import { ANSWER_LIMIT_MS, type SessionConfig } from '../database-session';
import { withClient } from '../session/client';
import { DEFAULT_SCHEMA, type NamesSchema } from '../session/search-path';
import type { Finding } from '../finding';
import { isolationBreaches } from './isolation-canary';
import { isolationFacts, type IsolationFacts } from './isolation-facts';
import { sessionFindings } from './session-findings';
import { tableFindings } from './table-findings';

/** The database would not keep users apart; the message says what to run as its owner. */
export class IsolationGateError extends Error {
  constructor(findings: readonly Finding[]) {
    const remedies = new Set(findings.flatMap(({ remedies }) => remedies));
    const lines = [
      'The database does not isolate users, so the API does not start:',
      ...findings.map(({ what }) => `  ${what}`),
      'Run as the owner of the database, or let DATABASE_URL name a login for which it holds:',
      ...Array.from(remedies, (remedy) => `  ${remedy}`),
    ];
    super(lines.join('\n'));
    this.name = 'IsolationGateError';
  }
}

function notMigrated({ schema = DEFAULT_SCHEMA }: NamesSchema): Finding {
  const what = `the role task_api, or its tables in the schema ${schema}, are missing`;
  const remedy =
    'npm run db:migrate, with DATABASE_OWNER_URL naming the same database as DATABASE_URL';
  return { what, remedies: [remedy] };
}

/**
 * Proves, on a session like those that serve requests, that row-level security holds: by what the
 * catalogue says about the session and the tables, and then by trying to break it.
 * @throws IsolationGateError
 */
export async function requireIsolation(session: SessionConfig): Promise<void> {
  const findings = await inSession(session, async (client) => {
    const found = await examineCatalogue(client, session);
    return found.length > 0 ? found : isolationBreaches(client);
  });
  if (findings.length > 0) throw new IsolationGateError(findings);
}

/**
 * Reads the catalogue again, and writes nothing.
 * @throws the driver's error where it cannot look
 */
export function checkIsolation(session: SessionConfig): Promise<readonly Finding[]> {
  return inSession(session, (client) => examineCatalogue(client, session));
}

function inSession<Result>(
  session: SessionConfig,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  return withClient({ ...session, query_timeout: ANSWER_LIMIT_MS }, use);
}

async function examineCatalogue(client: Client, at: NamesSchema): Promise<readonly Finding[]> {
  await client.query('begin transaction read only');
  const facts = await isolationFacts(client, at);
  await client.query('rollback');
  return facts === undefined ? [notMigrated(at)] : findingsOf(facts);
}

/** Judges the catalogue's facts: what would let a session of the API reach past its scope. */
export function findingsOf(facts: IsolationFacts): readonly Finding[] {
  return [...sessionFindings(facts), ...tableFindings(facts)];
}
