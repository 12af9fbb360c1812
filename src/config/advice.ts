import type { Env } from './env';

/** What is right, but perhaps not what is meant. */
export interface Advice {
  readonly what: string;
  readonly remedy: string;
}

/** The embedded PostgreSQL may serve in production, but nobody should learn of it when it is lost. */
export function adviceOn({ nodeEnv, database, dataDir }: Env): Advice | undefined {
  if (nodeEnv !== 'production' || database.url !== undefined) return undefined;
  return {
    what: `production without DATABASE_URL: the embedded PostgreSQL in ${dataDir} keeps the tasks`,
    remedy: 'set DATABASE_URL, or back it up: npm run cli -- backup FILE',
  };
}
