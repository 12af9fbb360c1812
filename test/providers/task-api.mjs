import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'task-api.mjs');
const URL_IN_BANNER = /^ {2}Docs +(http:\/\/\S+)\/docs$/;

/** Starts the built product with these variables, on an embedded PostgreSQL of its own. */
export async function startTaskApi(variables) {
  const directory = mkdtempSync(join(tmpdir(), 'task-api-providers-'));
  const { PATH, HOME, TMPDIR } = process.env;
  const server = spawn(process.execPath, [PROGRAM], {
    // Also the working directory, so that no .env of a developer has a say.
    cwd: directory,
    env: {
      PATH,
      HOME,
      ...(TMPDIR && { TMPDIR }),
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: join(directory, 'data'),
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  const url = await urlOf(server);
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

async function urlOf(server) {
  for await (const line of createInterface({ input: server.stdout })) {
    const url = URL_IN_BANNER.exec(line)?.[1];
    if (url !== undefined) {
      server.stdout.resume();
      return url;
    }
  }
  throw new Error('The Task API did not start');
}
