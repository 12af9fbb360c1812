import type { DatabaseFacts, MigrationFacts } from './database-diagnosis';
import type { Finding } from '../../database/finding';
import { OWNER_COLUMN } from '../../database/isolation/isolation-plan';
import { sessionFindings } from '../../database/isolation/session-findings';
import { tableFindings } from '../../database/isolation/table-findings';
import {
  caseWarning,
  encodingFindings,
  rightDatabase,
} from '../../database/schema/database-encoding';
import { KEY_LEAD_MS } from '../../tasks/task-id';
import { type Check, fail, findingsCheck, ok, warn } from './doctor-check';

const OLDEST_VERSION_NUMBER = 150_000;
const NOTICEABLE_SKEW_MS = 1_000;
const MIGRATE = 'npm run cli -- migrate (the server does the same when it starts)';

/** Judges the facts about a database that answers. */
export function databaseChecks(facts: DatabaseFacts): readonly Check[] {
  return [
    tlsCheck(facts),
    versionCheck(facts),
    encodingCheck(facts),
    isolationCheck('role', facts, sessionFindings, ({ user }) => `${user}, confined to its rights`),
    isolationCheck(
      'row security',
      facts,
      tableFindings,
      () => `forced on ${Object.keys(OWNER_COLUMN).join(', ')}`,
    ),
    clockCheck(facts),
  ];
}

function tlsCheck({
  transport: { isLocal, tls, isVerified, isNameChecked },
}: DatabaseFacts): Check {
  const remedy = 'add sslmode=verify-full to DATABASE_URL and DATABASE_OWNER_URL';
  if (isLocal) {
    const used = tls === undefined ? '' : `${tls}, but `;
    return ok('tls', `${used}not needed: the connection stays on this machine`);
  }
  if (tls === undefined) return warn('tls', 'passwords and tasks are sent unencrypted', remedy);
  if (isVerified) {
    const name = isNameChecked ? '' : ', but not whether it is for this host (verify-ca)';
    return ok('tls', `${tls}, certificate checked${name}`);
  }
  return warn('tls', `${tls}, but anyone can pose as the server`, remedy);
}

function versionCheck({ version, versionNumber, isDirect }: DatabaseFacts): Check {
  const found = `PostgreSQL ${version}${isDirect ? '' : ', through a pooler'}`;
  return versionNumber >= OLDEST_VERSION_NUMBER
    ? ok('version', found)
    : fail('version', found, 'use PostgreSQL 15 or newer');
}

function encodingCheck({ encoding }: DatabaseFacts): Check {
  const [finding] = encodingFindings(encoding);
  if (finding !== undefined) return fail('encoding', finding.what, ...finding.remedies);
  const warning = caseWarning(encoding);
  const remedy = `${rightDatabase(encoding, 'utf8')}, after a copy by pg_dump and pg_restore`;
  return warning === undefined
    ? ok('encoding', `UTF8, with the locale ${encoding.locale}`)
    : warn('encoding', warning, remedy);
}

type Isolation = NonNullable<DatabaseFacts['isolation']>;

function isolationCheck(
  name: string,
  { isolation }: DatabaseFacts,
  judge: (facts: Isolation) => readonly Finding[],
  describe: (facts: Isolation) => string,
): Check {
  if (isolation === undefined) return warn(name, 'there is no schema yet', MIGRATE);
  const findings = judge(isolation);
  return findings.length === 0 ? ok(name, describe(isolation)) : findingsCheck(name, findings);
}

/** Ids, and with them the order of tasks, come from this machine's clock; updates from the other. */
function clockCheck({ clock: { aheadMs, toleranceMs } }: DatabaseFacts): Check {
  const atLeastMs = Math.max(0, Math.abs(aheadMs) - toleranceMs);
  const remedy = 'synchronise both clocks (NTP)';
  if (atLeastMs <= NOTICEABLE_SKEW_MS) return ok('clock', 'agrees with that of the database');
  const found = `the database is ${(Math.abs(aheadMs) / 1_000).toFixed(1)} s ${aheadMs > 0 ? 'ahead' : 'behind'}`;
  return atLeastMs > KEY_LEAD_MS ? fail('clock', found, remedy) : warn('clock', found, remedy);
}

/** Compares what has run with what this release has. */
export function migrationsCheck(
  { applied, obstacles, indexRepairs }: MigrationFacts,
  known: readonly string[],
): Check {
  const pending = known.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !known.includes(name));
  if (obstacles.length > 0) return findingsCheck('migrations', obstacles);
  if (pending.length > 0) return warn('migrations', `pending: ${pending.join(', ')}`, MIGRATE);
  if (unknown.length > 0) {
    const remedy = 'run the newer release, unless you have just gone back on purpose';
    return warn('migrations', `the schema is of a newer release: ${unknown.join(', ')}`, remedy);
  }
  if (indexRepairs.length > 0) {
    const found = `${indexRepairs.length} invalid index${indexRepairs.length > 1 ? 'es' : ''}, which no search uses`;
    return warn('migrations', found, ...indexRepairs);
  }
  return ok('migrations', `all ${known.length} have run`);
}
