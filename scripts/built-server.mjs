import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = join(import.meta.dirname, '..', 'bin', 'task-api.mjs');
const URL_IN_BANNER = /^ {2}Docs +(http:\/\/\S+)\/docs$/;

/**
 * Starts the built server on an embedded PostgreSQL, for tools that try it from outside.
 * @param {string} directory of its data; also the working directory, so that no .env of a developer has a say
 * @param {Record<string, string>} variables beside those of the directory and a free port
 * @returns the process, its exit, and its URL once it listens, such as `http://127.0.0.1:49152`
 */
export function startBuiltServer(directory, variables) {
  const { PATH, HOME, TMPDIR } = process.env;
  const server = spawn(process.execPath, [PROGRAM], {
    cwd: directory,
    env: {
      PATH,
      HOME,
      ...(TMPDIR && { TMPDIR }),
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: join(directory, 'data'),
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { server, exited: once(server, 'exit'), url: urlOf(server) };
}

async function urlOf(server) {
  for await (const line of createInterface({ input: server.stdout })) {
    const url = URL_IN_BANNER.exec(line)?.[1];
    if (url !== undefined) {
      server.stdout.resume();
      return url;
    }
  }
  throw new Error('The server did not start.');
}
