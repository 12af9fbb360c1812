import type { Env } from '../../config/env';
import { DatabaseSession } from '../../database/session/database-session';
import { faultOfReplica, type Place, PLACE_OF_PRIMARY } from '../../database/replicas/replica-look';
import { connectionsAtReplica, replicaSettings } from '../../database/replicas/replica-settings';
import { withClient } from '../../database/session/client';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../database/session/connection-settings';
import { type Check, ok, warn } from './doctor-check';

/** One looks at it, and another one at its catalogue. */
const SESSIONS_OF_LOOKS = 2;

/** Looks at each replica as a server does. One that is unfit costs no answer, so it is a warning. */
export async function replicaChecks(
  { api }: DatabaseEndpoint,
  { database }: Env,
): Promise<readonly Check[]> {
  const { lanes, pool } = connectionsAtReplica(database);
  const sessions = lanes + pool + SESSIONS_OF_LOOKS;
  const detail = `is well; each process opens up to ${sessions} sessions there`;
  const replicas = replicaSettings(database);
  if (replicas.length === 0) return [];
  const place = await placeOf(api);
  return Promise.all(
    replicas.map(async (settings): Promise<Check> => {
      const name = `replica ${settings.host ?? 'localhost'}:${settings.port ?? 5432}`;
      const reason = await reasonAgainst(settings, place, database.scope);
      if (reason === undefined) return ok(name, detail);
      const remedy = 'reads run on the primary meanwhile; see docs/scaling.md#read-replicas';
      return warn(name, `is not used: ${reason}`, remedy);
    }),
  );
}

async function placeOf(api: ConnectionSettings): Promise<Place | undefined> {
  const { config } = await DatabaseSession.negotiate(api);
  const { rows } = await withClient(config, (client) => client.query<Place>(PLACE_OF_PRIMARY));
  return rows[0];
}

async function reasonAgainst(
  settings: ConnectionSettings,
  place: Place | undefined,
  scope: Env['database']['scope'],
): Promise<string | undefined> {
  if (place === undefined) return 'the primary does not say where it is';
  try {
    const session = await DatabaseSession.negotiate(settings, undefined, true);
    return (await faultOfReplica(session, place, scope))?.reason;
  } catch (error) {
    return `it does not answer (${error instanceof Error ? error.message : String(error)})`;
  }
}
