import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBuiltServer } from '../../scripts/built-server.mjs';

/** Starts the built product with these variables, on an embedded PostgreSQL of its own. */
export async function startTaskApi(variables) {
  const directory = mkdtempSync(join(tmpdir(), 'task-api-providers-'));
  const { server, exited, url: listening } = startBuiltServer(directory, variables);
  const url = await listening;
  return {
    url,
    /** Sends a request, and gives its status and its body. */
    async send(method, path, token, body) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    async stop() {
      server.kill('SIGTERM');
      await exited;
      rmSync(directory, { recursive: true });
    },
  };
}
