import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { urlOf } from '../../test/support/database/connection-url';
import type { ServerContestant } from './server-contestant';
import { STATEMENTS } from './statements';

const SOURCE = join(__dirname, 'go');

export const GO: ServerContestant = {
  kind: 'server',
  name: 'go',
  about:
    'Go with net/http, pgx and encoding/json; no authentication, validation or row-level security',
  authenticates: false,
  hasPool: true,
  program: [],
  build: buildGo,
  environment: ({ database, port, connections }) => ({
    PORT: String(port),
    DATABASE_URL: urlOf(database.endpoint.owner),
    DATABASE_POOL: String(connections),
    STATEMENTS: JSON.stringify(
      Object.fromEntries(Object.values(STATEMENTS).map(({ name, text }) => [name, text])),
    ),
  }),
};

/**
 * @param directory for the program
 * @throws Error where there is no Go, one that is too old, or no way to its modules
 */
function buildGo(directory: string): string {
  const program = join(directory, 'go-server');
  const env = { ...process.env, GOTOOLCHAIN: 'local' };
  const { error, status, stderr } = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: SOURCE,
    env,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.trim());
  return program;
}
