import type { Client } from 'pg';
import { ANSWER_LIMIT_MS, type SessionConfig } from '../session/database-session';
import type { ScopeMode } from '../batch/scope-statements';
import { withClient } from '../session/client';
import { DEFAULT_SCHEMA, type NamesSchema } from '../session/search-path';
import type { Finding } from '../finding';
import { isolationBreaches } from './isolation-canary';
import { isolationFacts, type IsolationFacts } from './isolation-facts';
import { sessionFindings } from './session-findings';
import { tableFindings } from './table-findings';

/** The database would not keep users apart; the message says what to run as its owner. */
export class IsolationGateError extends Error {
  constructor(readonly findings: readonly Finding[]) {
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
 * @param scope DATABASE_SCOPE
 * @throws IsolationGateError
 */
export async function requireIsolation(
  session: SessionConfig,
  scope: ScopeMode = 'implicit',
): Promise<void> {
  const findings = await inSession(session, async (client) => {
    const facts = await readCatalogue(client, session);
    const found = findingsAt(session, facts, scope);
    return found.length > 0 || facts === undefined ? found : isolationBreaches(client, facts);
  });
  if (findings.length > 0) throw new IsolationGateError(findings);
}

/**
 * Reads the catalogue again, and writes nothing.
 * @throws the driver's error where it cannot look
 */
export function checkIsolation(
  session: SessionConfig,
  scope: ScopeMode = 'implicit',
): Promise<readonly Finding[]> {
  return inSession(session, async (client) =>
    findingsAt(session, await readCatalogue(client, session), scope),
  );
}

function inSession<Result>(
  session: SessionConfig,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  return withClient({ ...session, query_timeout: ANSWER_LIMIT_MS }, use);
}

async function readCatalogue(client: Client, at: NamesSchema): Promise<IsolationFacts | undefined> {
  await client.query('begin transaction read only');
  const facts = await isolationFacts(client, at);
  await client.query('rollback');
  return facts;
}

function findingsAt(
  at: NamesSchema,
  facts: IsolationFacts | undefined,
  scope: ScopeMode,
): readonly Finding[] {
  return facts === undefined ? [notMigrated(at)] : findingsOf(facts, scope);
}

/** Judges the catalogue's facts: whatever lets a session of the API reach past its scope. */
function findingsOf(facts: IsolationFacts, scope: ScopeMode): readonly Finding[] {
  return [...scopeFindings(facts, scope), ...sessionFindings(facts), ...tableFindings(facts)];
}

/** Citus passes settings of `SET LOCAL` to its workers, but not those of `set_config`. */
function scopeFindings({ isDistributed }: IsolationFacts, scope: ScopeMode): readonly Finding[] {
  if (!isDistributed || scope === 'transaction') return [];
  const what =
    'the tables are distributed (Citus), and no scope of DATABASE_SCOPE=implicit reaches them';
  return [{ what, remedies: ['-- set DATABASE_SCOPE=transaction, and start again'] }];
}
