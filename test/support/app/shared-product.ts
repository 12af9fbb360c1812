import type { DatabaseEndpoint } from '../../../src/database/session/connection-settings';
import { serve } from '../../../src/server/serve';
import { PATIENT_WAITS } from './patient-waits';
import { testEnv } from './test-env';

/** A process that serves the API to one Jest worker until its parent ends it, or ends itself. */
async function main(endpoint: DatabaseEndpoint): Promise<void> {
  const service = await serve(testEnv(), Promise.resolve({ ...endpoint, waits: PATIENT_WAITS }));
  process.once('disconnect', () => void service.stop());
  process.send?.({ url: service.url });
}

process.once('message', (endpoint: DatabaseEndpoint) => void main(endpoint));
