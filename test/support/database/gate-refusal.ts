import type { ClientConfig } from 'pg';
import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import { DatabaseSession } from '../../../src/database/session/database-session';
import {
  IsolationGateError,
  requireIsolation,
} from '../../../src/database/isolation/isolation-gate';

/** A session as the API opens it there. */
export async function negotiated(settings: ConnectionSettings): Promise<ClientConfig> {
  return (await DatabaseSession.negotiate(settings)).config;
}

/** The message of the isolation gate. Fails where the gate is open. */
export async function refusal(session: ClientConfig): Promise<string> {
  const error: unknown = await requireIsolation(session).then(
    () => new Error('The gate is open'),
    (reason: unknown) => reason,
  );
  if (error instanceof IsolationGateError) return error.message;
  throw error;
}
