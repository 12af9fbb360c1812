import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareEnvironment } from './bare-environment';
import { copyPreparedDataDir } from './prepared-data-dir';

const PROGRAM = join(__dirname, '..', '..', '..', 'bin', 'task-api.mjs');

/** How a server ended that did not stay up. */
export interface ServerEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A place where a server keeps its data, across any number of starts. */
export class ServerHome {
  readonly #servers: BuiltServer[] = [];

  private constructor(
    readonly directory: string,
    private readonly isPrepared: boolean,
  ) {}

  /** The first start finds a database that is migrated and empty. */
  static async create(): Promise<ServerHome> {
    return new ServerHome(await mkdtemp(join(tmpdir(), 'task-api-home-')), true);
  }

  /** The first start makes the database. */
  static async empty(): Promise<ServerHome> {
    return new ServerHome(await mkdtemp(join(tmpdir(), 'task-api-home-')), false);
  }

  get dataDir(): string {
    return join(this.directory, 'data');
  }

  /** Starts the built server here. @throws Error with all that it wrote if it ends before it is ready */
  async start(variables: Readonly<Record<string, string>> = {}): Promise<BuiltServer> {
    const { DATA_DIR = this.dataDir, DATABASE_URL } = variables;
    if (this.isPrepared && DATABASE_URL === undefined) copyPreparedDataDir(DATA_DIR);
    const server = this.launch(variables);
    await server.ready();
    return server;
  }

  /**
   * The same without waiting for anything.
   * @param wrapper a command, such as `nice`, that runs the server
   */
  launch(
    variables: Readonly<Record<string, string>> = {},
    wrapper: readonly string[] = [],
  ): BuiltServer {
    const environment = { DATA_DIR: this.dataDir, ...variables };
    const server = new BuiltServer(this.directory, environment, wrapper);
    this.#servers.push(server);
    return server;
  }

  /** Starts a server that is not meant to come up, and waits for its end. */
  end(variables: Readonly<Record<string, string>>): Promise<ServerEnd> {
    return this.launch(variables).end();
  }

  async remove(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** The server as `npm start` starts it, with the request that its banner offers. */
export class BuiltServer {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  #authorization: Promise<string> | undefined;
  #stdout = '';
  #stderr = '';

  constructor(
    directory: string,
    variables: Readonly<Record<string, string>>,
    wrapper: readonly string[] = [],
    program = PROGRAM,
  ) {
    const command = [...wrapper, process.execPath, program];
    this.#process = spawn(command[0] ?? '', command.slice(1), {
      cwd: directory,
      // By npm, a server ends with the process that has started it, and so with the tests.
      env: { ...bareEnvironment(), npm_lifecycle_event: 'start', PORT: '0', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own: on an old Node the launcher is not the server itself.
      detached: true,
    });
    this.#exited = once(this.#process, 'close');
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
  }

  get banner(): string {
    return this.#stdout;
  }

  get url(): string {
    return this.#read(/^ {2}Docs +(http:\/\/\S+)\/docs$/m);
  }

  get port(): string {
    return new URL(this.url).port;
  }

  /** The `curl` line of the banner, ready for a shell. */
  get firstRequest(): string {
    return this.#read(/^(curl .*)$/m);
  }

  /** The Authorization header of the user whose token the banner offers. */
  authorization(): Promise<string> {
    this.#authorization ??= this.authorizationOf('you@example.com');
    return this.#authorization;
  }

  /** The Authorization header of the user whom the development issuer knows by that address. */
  async authorizationOf(email: string): Promise<string> {
    const response = await fetch(`${this.url}/api/dev/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email }),
    });
    return `Bearer ${((await response.json()) as { access_token: string }).access_token}`;
  }

  /** A request by that user. */
  async fetch(path: string, init: { method?: string; body?: object } = {}): Promise<Response> {
    const { method = 'GET', body } = init;
    const authorization = await this.authorization();
    return fetch(this.url + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async ready(): Promise<void> {
    const ended = this.end().then(({ stdout, stderr }) => {
      throw new Error(`The server did not start:\n${stdout}${stderr}`);
    });
    await Promise.race([ended, this.#offered()]);
    ended.catch(() => undefined);
  }

  async end(): Promise<ServerEnd> {
    await this.#exited;
    return { code: this.#process.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Whoever read what it writes has gone away. */
  closeOutputs(): void {
    this.#process.stdout?.destroy();
    this.#process.stderr?.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  stop(): Promise<ServerEnd> {
    this.signal('SIGTERM');
    return this.end();
  }

  /** Gives the launcher and the server no chance to finish anything. */
  kill(): Promise<ServerEnd> {
    if (this.isRunning && this.pid !== 0) process.kill(-this.pid, 'SIGKILL');
    return this.end();
  }

  /** Fulfils when the banner is complete: the request to try is its last line. */
  async #offered(): Promise<void> {
    const { stdout } = this.#process;
    while (stdout !== null && !/^curl .*\n/m.test(this.#stdout)) await once(stdout, 'data');
  }

  #read(pattern: RegExp): string {
    const found = pattern.exec(this.#stdout)?.[1];
    if (found === undefined)
      throw new Error(`The banner lacks ${String(pattern)}:\n${this.#stdout}`);
    return found;
  }
}
