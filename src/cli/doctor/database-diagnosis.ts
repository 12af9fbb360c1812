import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Client } from 'pg';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../database/session/connection-settings';
import { ANSWER_LIMIT_MS, DatabaseSession } from '../../database/session/database-session';
import { withClient } from '../../database/session/client';
import { type IsolationFacts, isolationFacts } from '../../database/isolation/isolation-facts';
import type { Finding } from '../../database/finding';
import { type EncodingFacts, encodingFacts } from '../../database/schema/database-encoding';
import { appliedMigrations, KNOWN_MIGRATIONS } from '../../database/schema/migration-history';
import { readSessionRoom, type SessionRoom } from './session-room';
import { invalidIndexes } from './invalid-indexes';
import { openOwnerSession } from '../../database/schema/owner-session';
import { schemaObstacles } from '../../database/schema/schema-obstacles';

/** Facts about the database, from a session like those that serve requests. */
export interface DatabaseFacts {
  /** As the server reports it, such as `18.4`. */
  readonly version: string;
  /** Comparable: 150004 for 15.4. */
  readonly versionNumber: number;
  readonly isDirect: boolean;
  readonly roundTripMs: number;
  readonly room: SessionRoom;
  readonly transport: Transport;
  readonly clock: ClockReading;
  readonly encoding: EncodingFacts;
  /** Undefined where the migrations have not run. */
  readonly isolation: IsolationFacts | undefined;
}

/** How what is sent reaches the server, or the pooler before it. */
export interface Transport {
  /** By a Unix socket or the loopback: it never leaves this machine. */
  readonly isLocal: boolean;
  /** Such as `TLSv1.3`; undefined without encryption. */
  readonly tls: string | undefined;
  /** Whether the server's certificate was checked. */
  readonly isVerified: boolean;
  /** Whether it had to be for the host that was asked for; not so with `verify-ca`. */
  readonly isNameChecked: boolean;
}

export interface ClockReading {
  /** By how much the database is ahead of this machine. */
  readonly aheadMs: number;
  /** The time on the way to the database, in either direction, which limits the precision. */
  readonly toleranceMs: number;
}

/**
 * Looks at the database in a read-only transaction, which can change nothing.
 * @throws the driver's error when it cannot be reached
 */
export async function diagnoseDatabase({ api }: DatabaseEndpoint): Promise<DatabaseFacts> {
  const { config, isDirect, roundTripMs } = await DatabaseSession.negotiate(api);
  return readOnly(config, async (client) => {
    const [settings] = (
      await client.query<{ version: string; number: string }>(
        `select current_setting('server_version') as version,
                current_setting('server_version_num') as number`,
      )
    ).rows;
    return {
      version: settings?.version ?? '',
      versionNumber: Number(settings?.number),
      isDirect,
      roundTripMs,
      room: await readSessionRoom(client),
      transport: transportOf(client, api),
      clock: await readClock(client),
      encoding: await encodingFacts(client),
      isolation: await isolationFacts(client, api),
    };
  });
}

/** What the login that migrates finds out. */
export interface MigrationFacts {
  /** The names of the migrations that have run. */
  readonly applied: readonly string[];
  /** What prevents the pending ones from running. */
  readonly obstacles: readonly Finding[];
  /** SQL that mends invalid indexes. */
  readonly indexRepairs: readonly string[];
}

/** As {@link diagnoseDatabase}, as the login that migrates. */
export async function diagnoseMigrations({ owner }: DatabaseEndpoint): Promise<MigrationFacts> {
  const client = await openOwnerSession(owner, 'doctor', {
    connectionTimeoutMillis: ANSWER_LIMIT_MS,
    query_timeout: ANSWER_LIMIT_MS,
  });
  try {
    await client.query('begin transaction read only');
    const applied = await appliedMigrations(client);
    const isPending = KNOWN_MIGRATIONS.some((name) => !applied.includes(name));
    const obstacles = isPending ? await schemaObstacles(client, owner, applied) : [];
    return { applied, obstacles, indexRepairs: await invalidIndexes(client, owner) };
  } finally {
    await client.end();
  }
}

function readOnly<Result>(
  settings: ConnectionSettings & { readonly connectionTimeoutMillis?: number | undefined },
  look: (client: Client) => Promise<Result>,
): Promise<Result> {
  return withClient({ ...settings, query_timeout: ANSWER_LIMIT_MS }, async (client) => {
    await client.query('begin transaction read only');
    return look(client);
  });
}

function transportOf(client: Client, { ssl }: ConnectionSettings): Transport {
  const { stream } = (client as Client & { readonly connection: { readonly stream: Socket } })
    .connection;
  const { remoteAddress: address } = stream;
  return {
    isLocal: address === undefined || /^(::ffff:)?127\.|^::1$/.test(address),
    tls: stream instanceof TLSSocket ? (stream.getProtocol() ?? 'TLS') : undefined,
    isVerified: stream instanceof TLSSocket && stream.authorized,
    isNameChecked: typeof ssl === 'object' && ssl.checkServerIdentity === undefined,
  };
}

async function readClock(client: Client): Promise<ClockReading> {
  const asked = Date.now();
  const { rows } = await client.query<{ ms: string }>(
    'select extract(epoch from clock_timestamp()) * 1000 as ms',
  );
  const answered = Date.now();
  return {
    aheadMs: Math.round(Number(rows[0]?.ms) - (asked + answered) / 2),
    toleranceMs: (answered - asked) / 2,
  };
}
