import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = join(__dirname, '..', '..', 'bin', 'task-api.mjs');
const URL_IN_BANNER = /^ {2}Docs +(http:\/\/\S+)\/docs$/;

/** The server as `npm start` starts it: a process, its own database, its own issuer of tokens. */
export class ServerProcess {
  private constructor(
    /** As the banner names it, such as `http://127.0.0.1:49152`. */
    readonly url: string,
    readonly directory: string,
    readonly process: ChildProcess,
  ) {}

  /** @throws Error with all that it wrote if it ends before it is ready. */
  static async start(variables: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    // Also the working directory, so that no .env of a developer has a say.
    const directory = await mkdtemp(join(tmpdir(), 'task-api-server-'));
    const { PATH = '', HOME = '' } = process.env;
    const server = spawn(process.execPath, [PROGRAM], {
      cwd: directory,
      env: { PATH, HOME, PORT: '0', DATA_DIR: join(directory, 'data'), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const written: string[] = [];
    server.stderr.on('data', (chunk: Buffer) => written.push(chunk.toString()));
    for await (const line of createInterface({ input: server.stdout })) {
      written.push(`${line}\n`);
      const url = URL_IN_BANNER.exec(line)?.[1];
      if (url !== undefined) {
        server.stdout.resume();
        return new ServerProcess(url, directory, server);
      }
    }
    await rm(directory, { recursive: true });
    throw new Error(`The server did not start:\n${written.join('')}`);
  }

  async stop(): Promise<void> {
    const exited = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await exited;
    await rm(this.directory, { recursive: true });
  }
}
