import { type BuiltServer, ServerHome } from '../processes/built-server';
import type { FaultPostgres } from './fault-postgres';
import { freePort } from '../processes/free-port';
import type { StoredTask } from './history-audit';
import { type Caller, TEST_SECRET } from '../app/tokens';

/** The built server on a PostgreSQL that can be made to fail, always at the same address. */
export class FaultServer {
  #process: BuiltServer | undefined;

  private constructor(
    readonly home: ServerHome,
    readonly postgres: FaultPostgres,
    readonly port: number,
    private readonly variables: Readonly<Record<string, string>>,
  ) {}

  /** Not started yet. */
  static async at(
    postgres: FaultPostgres,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<FaultServer> {
    const port = await freePort();
    return new FaultServer(await ServerHome.create(), postgres, port, {
      ...postgres.variables(),
      AUTH_SECRET: TEST_SECRET,
      HOST: '127.0.0.1',
      PORT: String(port),
      RATE_LIMIT: '0',
      LOG_LEVEL: 'fatal',
      ...variables,
    });
  }

  /** @param wrapper a command that runs the server */
  async start(wrapper: readonly string[] = []): Promise<BuiltServer> {
    this.#process = this.home.launch(this.variables, wrapper);
    await this.#process.ready();
    return this.#process;
  }

  get process(): BuiltServer {
    if (this.#process === undefined) throw new Error('The server has not been started');
    return this.#process;
  }

  /** The answer to a question about its health. */
  async health(what: 'live' | 'ready'): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.port}/health/${what}`);
    await response.body?.cancel();
    return response.status;
  }

  /** Every task, asked of PostgreSQL itself. */
  readonly stored = (): Promise<readonly StoredTask[]> =>
    this.postgres.query<StoredTask & Record<string, unknown>>(
      'select user_id, id, title, version from tasks',
    );

  /** A client's request, once. */
  request(caller: Caller, path: string, init: RequestInit = {}): Promise<Response> {
    const { authorization } = caller;
    const headers = { authorization, 'content-type': 'application/json' };
    return fetch(`http://127.0.0.1:${this.port}${path}`, { headers, ...init });
  }

  async remove(): Promise<void> {
    await this.home.remove();
  }
}
