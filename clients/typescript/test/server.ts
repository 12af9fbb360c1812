import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** `npm test` runs in the folder of the client. */
const PROGRAM = join(process.cwd(), '..', '..', 'bin', 'task-api.mjs');
const URL_IN_BANNER = /^ {2}Docs +(http:\/\/\S+)\/docs$/;

export interface TaskApi {
  readonly url: string;
  /** A token of somebody new. */
  newToken(): Promise<string>;
  stop(): Promise<void>;
}

/** The Task API as `npm start` starts it, with a database of its own. */
export async function startTaskApi(): Promise<TaskApi> {
  const directory = await mkdtemp(join(tmpdir(), 'task-api-client-'));
  const { PATH = '', HOME = '' } = process.env;
  const server = spawn(process.execPath, [PROGRAM], {
    cwd: directory,
    env: { PATH, HOME, PORT: '0', DATA_DIR: join(directory, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  const stop = async () => {
    server.kill('SIGTERM');
    await exited;
    await rm(directory, { recursive: true });
  };
  for await (const line of createInterface({ input: server.stdout })) {
    const url = URL_IN_BANNER.exec(line)?.[1];
    if (url !== undefined) {
      server.stdout.resume();
      return { url, newToken: () => issueToken(url), stop };
    }
  }
  await stop();
  throw new Error('The server did not start.');
}

async function issueToken(url: string): Promise<string> {
  const response = await fetch(`${url}/api/dev/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: `${crypto.randomUUID()}@example.com` }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface BusyServer {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  readonly bodies: readonly string[];
  stop(): Promise<void>;
}

/** Gives these answers one after the other, the last one for ever. */
export async function startBusyServer(...answers: readonly Answer[]): Promise<BusyServer> {
  const requests: IncomingMessage[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const number = requests.push(request);
      bodies.push(Buffer.concat(await request.toArray()).toString());
      const { status = 500, headers = {}, body } = answers[number - 1] ?? answers.at(-1) ?? {};
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    bodies,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
